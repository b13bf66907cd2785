import type { TrapName } from '../../../traps/traps';

interface TrapText {
  readonly control: string;
  readonly rows: Readonly<Record<string, string>>;
}

const traps: Record<TrapName, TrapText> = {
  momentum: {
    control: 'momentum',
    rows: { pytorch: 'PyTorch', keras: 'Keras, TensorFlow.js', onnx: 'ONNX', flax: 'Flax' },
  },
  variance: {
    control: 'values per group, n',
    rows: { biased: 'over n (Keras, ONNX, Flax)', unbiased: 'over n − 1 (PyTorch)' },
  },
  epsilon: {
    control: 'the row is −s, +s; s',
    rows: { pytorch: 'y with epsilon 1e-5', keras: 'y with epsilon 1e-3', none: 'y with epsilon 0' },
  },
  layout: {
    control: 'element of y',
    rows: { first: 'read as [2, channels 2, 3]', last: 'read as [2, 2, channels 3]' },
  },
  cancellation: {
    control: '64 numbers of variance 1 around',
    rows: {
      shortcutVariance: 'variance as E[x²] − E[x]² in float32',
      shortcutY: 'y by that variance',
      core: 'y by @normlayers/core',
    },
  },
  float16: {
    control: 'the row is s, −s, s/2, −s/2; s',
    rows: { square: 's² in float16', naive: 'y, all steps in float16', core: 'y by @normlayers/core' },
  },
  folding: {
    control: 'running mean',
    rows: {
      separate: 'Batch Norm of mean + 0.3, variance 3',
      folded: 'folded into the layer before, float32',
    },
  },
};

export default { traps, wrong: 'wrong', result: 'result', quantity: 'what' };
