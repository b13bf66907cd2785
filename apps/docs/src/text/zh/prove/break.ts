import type en from '../../en/prove/break';

const zh: typeof en = {
  title: '把它弄坏',
  presets: '著名的失败：',
  presetNames: {
    farFromZero: '离零很远',
    squareOverflows: '平方溢出',
    halfPrecision: '超过 256 的 float16',
    halfOutlier: 'float16，一个离群值',
    tinyVariance: '离零很远、方差极小',
    foldedStatistics: '折叠成 a·x + b',
    channelsFirst: '通道在前',
  },
  presetHints: {
    farFromZero:
      '以 10,000 为中心、标准差为 1 的数。用 float32 算 E[x²] − E[x]²，一位有效数字也不剩：ONNX Runtime 的 WebGPU 走的就是这条路。它的 wasm 不是，属于“普通”：2 到 3 位正确，这是 float32 求和所能留下的；我们的有 6 位以上。',
    squareOverflows: '1e19 的平方超出 float32 的范围：方差变成无穷大，输出全是 beta。',
    halfPrecision:
      '300 的平方超出 float16 的范围（65504）。用 float16 计算的（这里的教科书那条线就是）会得到 0；没有 float16 的框架则拒绝。',
    halfOutlier:
      '768 个元素里有一个是 1000，其余在 1 上下，就像 Whisper 的残差流：它的平方超出 float16，方差变成无穷大，整行变成 0。离群值的正确答案是 27.7。',
    tinyVariance: '以 10 为中心、标准差 0.0001，epsilon 为 1e-12：方差算错了，没有什么能掩盖。',
    foldedStatistics:
      '把给定的统计量折叠成 a·x + b，在这里要损失四位数字。这仍在输入所允许的范围内，所以没有谁算错；请看几条线如何分开。',
    channelsFirst: '这些数一点也不难：TensorFlow.js 自带的批归一化在 cpu 和 wasm 上会把通道在前的数据读错。',
  },
  add: (name, megabytes) => `加上已知会在这里出错的 ${name}（${megabytes} MB）`,
  textbook: '教科书捷径，用 x 自己的类型',
  issue: '上游问题',
  operation: '运算',
  ops: {
    layerNorm: '层归一化',
    layerNormOutlier: '层归一化，一个元素离得很远',
    batchNorm: '批归一化，训练',
    batchNormChannelsFirst: '批归一化，推理，通道在前',
  },
  type: '类型',
  ratios: {
    layerNorm: '均值与标准差之比',
    layerNormOutlier: '离群值与标准差之比',
    batchNorm: '均值与标准差之比',
    batchNormChannelsFirst: '均值与标准差之比',
  },
  spread: '标准差',
  batch: '批大小',
  features: '特征数或通道数',
  error: 'y 的最大误差',
  held: '数据本身保有',
  dataHold: (digits) => `数据本身保有 ${digits} 位`,
  digitsRight: '正确的位数',
  digits: (digits) => `${digits} 位正确`,
  adapter: '适配器',
  grade: '等级',
  grades: { accurate: '精确', ordinary: '普通', imprecise: '不精确', wrong: '错误' },
  atSlider: '第一个滑块所在之处',
  none: '— 没有答案',
  waiting: '……',
  recordedNote: (browser, date) =>
    `记录的结果：float32、每行 768 个数的层归一化，离零越来越远。WebGPU 在 ${browser} 里，wasm 在 Node 里，${date}。`,
  linkHint: '本页地址里有当前的输入和适配器，复制即可分享。',
};

export default zh;
