import type en from '../../en/models/model';
import { reasonWords } from '../suite/reasons';

const zh: typeof en = {
  title: '你的模型',
  drop: '把 .onnx 文件，或者 TensorFlow.js 的 model.json 连同它的分片，拖到这里。',
  choose: '选择文件',
  sample: '试一个真实的：PaddleOCR 的文字方向模型（0.6 MB）',
  cancel: '取消',
  stays: '它的任何内容都不会离开这个浏览器。',
  stages: {
    reading: '正在读取……',
    fetching: '正在下载运行时……',
    running: '正在运行，逐个归一化……',
    mending: '正在修补……',
  },
  failed: (why) => `没有成功：${why}`,
  found: (count, name) => `${name} 里有 ${count} 个归一化`,
  runOn: '运行在',
  sizes: '未定维度的大小',
  run: '在这里运行',
  norm: '归一化',
  spelling: '写法',
  advice: '可以怎么做',
  digits: (provider) => `正确的位数，${provider}`,
  largest: '最大的输入',
  headroom: 'float16 余量（位）',
  foldInto: (layer) => `可以折叠进 ${layer}`,
  fuseTo: (operator) => `可以合成一个 ${operator}`,
  notFolded: ({ message = '' }) => `不折叠：${reasonWords({ reason: message })}`,
  notFused: ({ message = '' }) => `保持原样：${reasonWords({ reason: message })}`,
  asItIs: '已经是应有的样子',
  noDrift: (providers) => (providers > 1 ? '各后端在每个归一化的输入上都有 3 位以上一致。' : '最差的在前。'),
  drift: (norm, providers, digits) =>
    `${providers[0]} 和 ${providers[1]} 在 ${norm} 之前分开：它的输入有 ${digits} 位一致。`,
  sampleNote: (name, count) => `以本页备有的一个真实模型 ${name} 为例：有 ${count} 个归一化。`,
  sampleMended: (changes, before, after) =>
    `修好之后：其中 ${changes} 个被折叠或合并，文件从 ${before} 变为 ${after}。`,
  target: '修补后运行在',
  targets: { any: '任何 ONNX 读取程序', wasm: 'onnxruntime-web，wasm', webgpu: 'onnxruntime-web，WebGPU' },
  mend: '修补并验证',
  nothing: '没有需要修补的。',
  changed: (fused, folded) => `合成一个算子：${fused}。折叠的批归一化：${folded}。`,
  agrees: (digits, right) =>
    right ? `修补后的模型有 ${digits} 位一致。` : `修补后的模型只有 ${digits} 位一致：不提供下载。`,
  download: '下载',
};

export default zh;
