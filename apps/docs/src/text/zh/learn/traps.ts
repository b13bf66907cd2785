import type en from '../../en/learn/traps';

const zh: typeof en = {
  traps: {
    momentum: {
      control: '动量',
      rows: { pytorch: 'PyTorch', keras: 'Keras、TensorFlow.js', onnx: 'ONNX', flax: 'Flax' },
    },
    variance: {
      control: '每组的个数 n',
      rows: { biased: '除以 n（Keras、ONNX、Flax）', unbiased: '除以 n − 1（PyTorch）' },
    },
    epsilon: {
      control: '一行为 −s、+s；s',
      rows: {
        pytorch: 'epsilon 为 1e-5 时的 y',
        keras: 'epsilon 为 1e-3 时的 y',
        none: 'epsilon 为 0 时的 y',
      },
    },
    layout: {
      control: 'y 的第几个元素',
      rows: { first: '当作 [2, 通道 2, 3]', last: '当作 [2, 2, 通道 3]' },
    },
    cancellation: {
      control: '64 个方差为 1 的数，中心在',
      rows: {
        shortcutVariance: '用 float32 算 E[x²] − E[x]²',
        shortcutY: '用这个方差得到的 y',
        core: '@normlayers/core 的 y',
      },
    },
    float16: {
      control: '一行为 s、−s、s/2、−s/2；s',
      rows: { square: 'float16 下的 s²', naive: '每一步都用 float16 的 y', core: '@normlayers/core 的 y' },
    },
    folding: {
      control: '运行均值',
      rows: { separate: '对“均值 + 0.3”做批归一化，方差 3', folded: '折叠进前一层，float32' },
    },
  },
  wrong: '错误',
  result: '结果',
  quantity: '项目',
};

export default zh;
