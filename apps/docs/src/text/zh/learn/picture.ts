import type en from '../../en/learn/picture';

const zh: typeof en = {
  title: '哪些数共用一个均值和方差',
  norm: '归一化方式',
  norms: {
    batchNorm: '批 Batch',
    layerNorm: '层 Layer',
    instanceNorm: '实例 Instance',
    groupNorm: '组 Group',
    rmsNorm: 'RMS',
  },
  shape: '张量',
  shapes: { maps: '批 × 通道 × 位置', features: '批 × 特征' },
  batchSize: '批大小',
  over: '范围',
  overs: { sample: '整个样本', position: '每个位置上的全部通道' },
  mode: '统计量',
  modes: { training: '本批的（训练）', inference: '运行统计量（推理）' },
  nextBatch: '训练一步：运行统计量随之移动',
  show: '显示',
  epsilon: 'Epsilon ε',
  gamma: 'Gamma γ',
  beta: 'Beta β',
  reset: '重新开始',
  sample: (n) => `样本 ${n}`,
  channel: '通道',
  position: '位置',
  feature: '特征',
  cell: (sample, channel, position, value, inGroup) =>
    `样本 ${sample}，通道 ${channel}，位置 ${position}：${value}${inGroup ? '，在点亮的组内' : ''}`,
  featureCell: (sample, feature, value, inGroup) =>
    `样本 ${sample}，特征 ${feature}：${value}${inGroup ? '，在点亮的组内' : ''}`,
  chosen: '选中的值 x',
  help: '方向键在格子间移动，+ 和 − 改变数值；也可以按住格子上下拖动。',
  lit: (count) => (count === 1 ? '这一组只有 1 个数' : `${count} 个数共用`),
  symbols: {
    x: '数值',
    mean: '均值',
    variance: '方差',
    meanSquare: '均方',
    count: '组内个数',
    epsilon: 'epsilon',
    xhat: '归一化后',
    gamma: '缩放',
    beta: '平移',
    y: '输出',
    runningMean: '运行均值',
    runningVar: '运行方差',
  },
  before: '之前：组内的 x',
  after: '之后：组内的 y',
  histogram: (title, low, high, counts) => `${title}，从 ${low} 到 ${high}，各区间的个数：${counts}`,
  alone:
    '只有一个数，均值就是它自己：方差为 0，无论 x 是多少，y 都等于 β。批归一化无法在单个样本、单个位置上训练。',
  live: (mean, variance, xhat, y) => `均值 ${mean}，方差 ${variance}，归一化后 ${xhat}，输出 ${y}`,
};

export default zh;
