import type { Op } from '@normlayers/core';

export interface Situation {
  readonly model: 'cnn' | 'dense' | 'sequence' | 'style';
  readonly batch: 'large' | 'small' | 'one';
  readonly fastest: 'no' | 'yes';
}

/** The normalization for a situation: the decision path of the page. */
export function recommendation({ model, batch, fastest }: Situation): Op {
  if (model === 'style') return 'instanceNorm';
  if (model === 'sequence') return fastest === 'yes' ? 'rmsNorm' : 'layerNorm';
  if (batch === 'large') return 'batchNorm';
  return model === 'cnn' ? 'groupNorm' : 'layerNorm';
}
