import {
  type CallPlan,
  callOnSum,
  type NormCall,
  type NormResult,
  planCall,
  type TensorDescription,
  tensorsOf,
} from '@normlayers/core/adapter';
import { differentiable } from './chain/differentiable';
import type { TensorFlow, TfTensor } from './framework';

type Evaluate = (call: NormCall<TfTensor>, plan: CallPlan) => NormResult<TfTensor>;

/**
 * A call whose residual, dsum and gammaOffset are additions of TensorFlow.js's, each with a gradient, around a call without
 * them.
 */
export function withAdditions(
  tf: TensorFlow,
  call: NormCall<TfTensor>,
  plan: CallPlan,
  evaluate: Evaluate,
): NormResult<TfTensor> {
  const { x, residual, gamma, dsum } = tensorsOf(call);
  const { gammaOffset } = plan;
  if (residual === undefined && dsum === undefined && gammaOffset === 0) return evaluate(call, plan);
  const sum = residual === undefined ? undefined : added(tf, x, residual);
  const plain = {
    ...callOnSum(call, sum ?? x),
    ...(gamma === undefined ? {} : { gamma: offset(tf, gamma, gammaOffset) }),
    gammaOffset: 0,
  } as NormCall<TfTensor>;
  const result = evaluate(plain, planCall(plain as NormCall<TensorDescription>, 'device'));
  if (call.mode !== 'backward') return sum === undefined ? result : { ...result, sum };
  return dsum === undefined ? result : { ...result, dx: added(tf, result.dx as TfTensor, dsum) };
}

function added(tf: TensorFlow, a: TfTensor, b: TfTensor): TfTensor {
  return differentiable(
    tf,
    [a, b],
    [],
    () => tf.add(a, b),
    (d) => [d.clone(), d.clone()],
  );
}

function offset(tf: TensorFlow, gamma: TfTensor, by: number): TfTensor {
  if (by === 0) return gamma;
  return differentiable(
    tf,
    [gamma],
    [],
    () => tf.add(gamma, by),
    (d) => [d.clone()],
  );
}
