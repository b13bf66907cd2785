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

export default {
  title: 'Break it',
  presets: 'Famous failures:',
  presetNames,
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
