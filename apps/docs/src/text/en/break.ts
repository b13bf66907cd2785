import type { BreakOp, PresetName } from '../../break/hard-input';

const ops: Record<BreakOp, string> = {
  layerNorm: 'Layer Norm',
  batchNorm: 'Batch Norm, training',
  batchNormChannelsFirst: 'Batch Norm, inference, channels first',
};

const presetNames: Record<PresetName, string> = {
  farFromZero: 'Far from zero',
  squareOverflows: 'The square overflows',
  halfPrecision: 'float16 beyond 256',
  tinyVariance: 'Tiny variance, far off',
  foldedStatistics: 'Folded into a·x + b',
  channelsFirst: 'Channels first',
};

const presetHints: Record<PresetName, string> = {
  farFromZero:
    'Numbers around 10,000 with a spread of 1. E[x²] − E[x]² has no digits left in float32; ONNX Runtime’s own operators go over the bound too.',
  squareOverflows:
    '1e19 squared is more than float32 can hold: the variance becomes infinite and every output beta.',
  halfPrecision:
    '300 squared is more than float16 can hold (65504). Who computes in float16 gives 0; the frameworks without float16 refuse.',
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
  textbook: 'textbook shortcut',
  issue: 'upstream issue',
  operation: 'Operation',
  ops,
  type: 'Type',
  ratio: 'mean over standard deviation',
  spread: 'standard deviation',
  batch: 'batch size',
  features: 'features or channels',
  error: 'largest error of y',
  bound: 'bound',
  adapter: 'adapter',
  verdict: 'verdict',
  atSlider: 'At the slider’s mean over standard deviation',
  within: '✓ within its bound',
  beyond: '✗ beyond its bound',
  none: '— no answer',
  waiting: '…',
  linkHint: 'The address of this page holds the input and the adapters: copy it to share what broke.',
};
