import type { WeightChange } from '@normlayers/core/weights';
import type en from '../../en/models/convert';
import { kindOf } from '../../en/models/convert';

/** Core's words for a value. */
function translated(words: string): string {
  return words
    .replace('over n - 1', '除以 n − 1')
    .replace('over n', '除以 n')
    .replace(/, (\w+)'s default/, '（$1 的默认值）')
    .replace(', as given', '（给定值）')
    .replace(', given', '（写明）');
}

/** What the readers of files say. */
function problem(words: string): string {
  return words
    .replace('the file is no safetensors file, or is cut off', '不是 safetensors 文件，或者文件不完整')
    .replace('expected .safetensors, .npz or .json', '需要 .safetensors、.npz 或 .json')
    .replace('expected { ... }', '需要 { ... }')
    .replace(' is not an array of numbers', ' 不是由数字组成的数组')
    .replace(
      'no layer with a mean and a variance found; the names are',
      '没有找到带均值和方差的层；认得的名称是',
    );
}

function changed(change: WeightChange, framework: string, epsilonThere: number): string {
  const [from, to] = [translated(change.from), translated(change.to)];
  switch (kindOf(change)) {
    case 'epsilon':
      return `保持 ${Number.parseFloat(change.from)}。${framework} 自己的默认值是 ${epsilonThere}：必须写明，否则所有输出都会变。`;
    case 'momentum':
      return `${from} → ${to}。两边加权的对象相反：一边是新的一批，一边是已有的统计量。`;
    case 'variance':
      return `${from} → ${to}。${framework} 就是这样存的。推理会随这个倍数改变，训练照旧进行。`;
    case 'name':
      return `${from} → ${to}`;
  }
}

const zh: typeof en = {
  title: '转换批归一化的权重',
  examples: '示例：',
  download: '下载为',
  paste: 'JSON 格式的参数与统计量',
  file: '打开文件',
  fileHint: '或拖到这里：.safetensors、.npz、.json。文件不会离开你的浏览器。',
  problem: (why) => `无法读取：${problem(why)}`,
  layer: '层',
  unnamed: '（无名）',
  from: '来自（由名称判断）',
  to: '转到',
  elements: '每步每通道的个数',
  elementsHint:
    '每步每通道的个数：批大小乘以位置数。填写后，存储的方差会在 n − 1 与 n 之间换算；留空则保持不变，推理结果也就不变。',
  keep: '不变',
  changes: '有哪些变化',
  noChanges: '没有变化：两边的名称和存法完全一样。',
  result: (framework) => `给 ${framework}`,
  sample: '同一个样本，转换前后',
  agreement: (largest) => `两边输出的最大差别是 ${largest}。`,
  channel: '通道',
  before: '转换前的 y',
  after: '转换后的 y',
  conventions: { pytorch: 'PyTorch', keras: 'Keras 或 TensorFlow.js', onnx: 'ONNX', flax: 'Flax' },
  frameworks: { pytorch: 'PyTorch', keras: 'Keras', tfjs: 'TensorFlow.js', onnx: 'ONNX', flax: 'Flax' },
  change: changed,
};

export default zh;
