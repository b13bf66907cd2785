import type en from '../../en/learn/home';

const zh: typeof en = {
  picture:
    '一行数从零滑开，从 1 到 100,000 个标准差。教科书方差的位数最先熄灭，然后是 onnxruntime-web 自带算子的；我们的一直亮着。',
  caption: '对 768 个 float32 数做层归一化，离零越来越远：每盏灯是一位正确的数字。',
  lines: {
    textbook: ['E[x²] − E[x]²', '教科书的算法，float32'],
    'native:onnxruntime-web/wasm': ['onnxruntime-web', '它自带的算子，wasm'],
    'onnxruntime-web/wasm': ['normlayers', '在 onnxruntime-web 上，wasm'],
  },
  digits: (ours, theirs) =>
    `以 10,000 为中心时有 ${ours.toFixed(1)} 位正确，onnxruntime-web 自带的算子有 ${theirs.toFixed(1)} 位`,
  cases: (cases, adapters) =>
    `Node 和 Chromium 里的 ${adapters} 个后端，每个 ${cases.toLocaleString('en-US')} 个用例，凡能计算的全都精确`,
  speed: (times, theirs) =>
    `WebAssembly 层归一化用时是复制同样多字节的 ${times} 倍；onnxruntime-web 自带的是 ${theirs} 倍`,
};

export default zh;
