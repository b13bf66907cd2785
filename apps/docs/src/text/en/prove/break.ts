import type { Grade } from '@normlayers/conformance';
import type { BreakOp, PresetName } from '../../../break/hard-input';

const ops: Record<BreakOp, string> = {
  layerNorm: 'Layer Norm',
  layerNormOutlier: 'Layer Norm, one element far out',
  batchNorm: 'Batch Norm, training',
  batchNormChannelsFirst: 'Batch Norm, inference, channels first',
};

const presetNames: Record<PresetName, string> = {
  farFromZero: 'Far from zero',
  squareOverflows: 'The square overflows',
  halfPrecision: 'float16 beyond 256',
  halfOutlier: 'float16, one outlier',
  tinyVariance: 'Tiny variance, far off',
  foldedStatistics: 'Folded into a·x + b',
  channelsFirst: 'Channels first',
};

const presetHints: Record<PresetName, string> = {
  farFromZero:
    'Numbers around 10,000 with a spread of 1. E[x²] − E[x]² has no digit left in float32: ONNX Runtime’s WebGPU takes this way. Its wasm does not and is ordinary, with 2 to 3 digits right, as sums in float32 leave them; ours have more than 6.',
  squareOverflows:
    '1e19 squared is more than float32 can hold: the variance becomes infinite and every output beta.',
  halfPrecision:
    '300 squared is more than float16 can hold (65504). Who computes in float16, as the textbook line does here, gives 0; the frameworks without float16 refuse.',
  halfOutlier:
    'One element of 768 is 1000, the others are about 1, as in the residual stream of Whisper: its square overflows float16, the variance is infinite and the whole row becomes 0. The right answer of the outlier is 27.7.',
  tinyVariance:
    'Around 10 with a spread of 0.0001 and an epsilon of 1e-12: nothing covers a variance that is off.',
  foldedStatistics:
    'Given statistics folded into a·x + b cost four digits here. That is within what the input allows, so nobody fails; watch the lines part.',
  channelsFirst:
    'Nothing is hard about these numbers: TensorFlow.js’s own Batch Norm reads channels-first data wrongly on cpu and wasm.',
};

export default {
  title: 'Break it',
  presets: 'Famous failures:',
  presetNames,
  presetHints,
  add: (name: string, megabytes: number) => `Add ${name}, known to fail here (${megabytes} MB)`,
  textbook: 'textbook shortcut, in x’s own type',
  issue: 'upstream issue',
  operation: 'Operation',
  ops,
  type: 'Type',
  ratios: {
    layerNorm: 'mean over standard deviation',
    layerNormOutlier: 'outlier over standard deviation',
    batchNorm: 'mean over standard deviation',
    batchNormChannelsFirst: 'mean over standard deviation',
  } as Record<BreakOp, string>,
  spread: 'standard deviation',
  batch: 'batch size',
  features: 'features or channels',
  error: 'largest error of y',
  held: 'the data hold',
  dataHold: (digits: string) => `the data hold ${digits} digits`,
  digitsRight: 'digits right',
  digits: (digits: string) => `${digits} digits right`,
  adapter: 'adapter',
  grade: 'grade',
  grades: { accurate: 'accurate', ordinary: 'ordinary', imprecise: 'imprecise', wrong: 'wrong' } as Record<
    Grade,
    string
  >,
  atSlider: 'Where the first slider stands',
  none: '— no answer',
  waiting: '…',
  recordedNote: (browser: string, date: string) =>
    `Recorded: Layer Norm of rows of 768 numbers in float32, ever further from zero. WebGPU in ${browser}, wasm in Node, on ${date}.`,
  linkHint: 'The address of this page holds the input and the adapters: copy it to share what broke.',
};
