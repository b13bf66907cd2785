import type { CallOf, CallPlan, NormCall, NormResult } from '@normlayers/core/adapter';
import { withAdditions } from './additions';
import { fixedBackward, fixedForward } from './chain/fixed-statistics';
import { backward, forward } from './chain/own-statistics';
import { type TensorFlow, type TfTensor, tidied } from './framework';
import { fusedForward, recording } from './fused/fused-calls';
import { fusedKernels } from './fused/load';

/**
 * Any call that has been checked, on tensors, on the backend that is chosen: by one program where it has one,
 * else by a chain of TensorFlow.js's operations. What it returns belongs to the caller.
 */
export function evaluate(
  tf: TensorFlow,
  call: NormCall<TfTensor>,
  plan: CallPlan,
  fused = true,
): NormResult<TfTensor> {
  return tidied(tf, () =>
    withAdditions(tf, call, plan, (plain, its) => evaluatePlain(tf, plain, its, fused)),
  );
}

function evaluatePlain(
  tf: TensorFlow,
  call: NormCall<TfTensor>,
  plan: CallPlan,
  fused: boolean,
): NormResult<TfTensor> {
  const kernels = fused ? fusedKernels(tf) : null;
  if (call.mode !== 'backward') {
    return kernels === null ? chainForward(tf, call, plan) : fusedForward(tf, kernels, call, plan, evaluate);
  }
  // Gradients that are recorded are to be differentiated again: only the chain can be.
  return kernels === null || recording(tf) ? chainBackward(tf, call, plan) : kernels.compute(call, plan);
}

function chainForward(
  tf: TensorFlow,
  call: Exclude<NormCall<TfTensor>, { mode: 'backward' }>,
  plan: CallPlan,
): NormResult<TfTensor> {
  return plan.statistics === 'given'
    ? fixedForward(tf, call as CallOf<'batchNorm', 'inference', TfTensor>, plan)
    : forward(tf, call, plan);
}

function chainBackward(
  tf: TensorFlow,
  call: Extract<NormCall<TfTensor>, { mode: 'backward' }>,
  plan: CallPlan,
): NormResult<TfTensor> {
  return plan.statistics === 'given'
    ? fixedBackward(tf, call as CallOf<'batchNorm', 'backward', TfTensor>, plan)
    : backward(tf, call, plan);
}
