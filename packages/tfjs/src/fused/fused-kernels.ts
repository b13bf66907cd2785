import type { CallPlan, NormCall, NormResult } from '@normlayers/core/adapter';
import type { TfTensor } from '../framework';

/**
 * One program for a whole call, in the place of a chain of TensorFlow.js's operations. Nothing it does is
 * recorded, and its results belong to the tidy around it.
 */
export interface FusedKernels {
  compute(call: NormCall<TfTensor>, plan: CallPlan): NormResult<TfTensor>;
}
