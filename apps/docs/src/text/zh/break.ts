import type en from '../en/break';

const zh: typeof en = {
  title: '把它弄坏',
  presets: '著名的失败：',
  presetNames: {
    farFromZero: '离零很远',
    squareOverflows: '平方溢出',
    halfPrecision: '超过 256 的 float16',
    tinyVariance: '离零很远、方差极小',
    foldedStatistics: '折叠成 a·x + b',
    channelsFirst: '通道在前',
  },
  issue: '上游问题',
  operation: '运算',
  ops: {
    layerNorm: '层归一化',
    batchNorm: '批归一化，训练',
    batchNormChannelsFirst: '批归一化，推理，通道在前',
  },
  type: '类型',
  ratio: '均值与标准差之比',
  spread: '标准差',
  batch: '批量大小',
  features: '特征数或通道数',
  error: 'y 的最大误差',
  bound: '界限',
  adapter: '适配器',
  verdict: '判定',
  atSlider: '滑块所在的均值与标准差之比',
  within: '✓ 在界限之内',
  beyond: '✗ 超出界限',
  none: '— 没有答案',
  waiting: '……',
  linkHint: '本页地址里有当前的输入和适配器，复制即可分享。',
};

export default zh;
