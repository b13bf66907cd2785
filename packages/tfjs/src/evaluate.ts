import type { CallOf, CallPlan, NormCall, NormResult } from '@normlayers/core';
import { fixedBackward, fixedForward } from './fixed-statistics';
import { type TensorFlow, type TfTensor, tidied } from './framework';
import { backward, forward } from './own-statistics';

/** Any call that has been checked, on tensors, on the backend that is chosen. What it returns belongs to the caller. */
export function evaluate(tf: TensorFlow, call: NormCall<TfTensor>, plan: CallPlan): NormResult<TfTensor> {
  return tidied(tf, () => {
    const fixed = call.mode !== 'training' && 'mean' in call && call.mean !== undefined;
    if (call.mode !== 'backward') {
      return fixed
        ? fixedForward(tf, call as CallOf<'batchNorm', 'inference', TfTensor>, plan)
        : forward(tf, call, plan);
    }
    return fixed
      ? fixedBackward(tf, call as CallOf<'batchNorm', 'backward', TfTensor>, plan)
      : backward(tf, call, plan);
  });
}
