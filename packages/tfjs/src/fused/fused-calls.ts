import {
  type CallOf,
  type CallPlan,
  type NormCall,
  type NormResult,
  OPERATIONS,
  type Op,
  planCall,
  type TensorDescription,
} from '@normlayers/core/adapter';
import { differentiable, unrecorded } from '../chain/differentiable';
import { statisticGradient } from '../chain/own-statistics';
import { disposeAll, type TensorFlow, type TfTensor } from '../framework';
import type { FusedKernels } from './fused-kernels';

type Forward = CallOf<Op, 'inference' | 'training', TfTensor>;

/** Tensors of a forward call that have gradients, in the order in which TensorFlow.js gets them. */
const INPUTS = ['x', 'gamma', 'beta', 'mean', 'variance'] as const;

/** Whether TensorFlow.js records what is done now, to differentiate it later. */
export function recording(tf: TensorFlow): boolean {
  const { gradientDepth, kernelDepth } = tf.engine().state;
  return gradientDepth > 0 && kernelDepth === 0;
}

type Evaluate = (tf: TensorFlow, call: NormCall<TfTensor>, plan: CallPlan) => NormResult<TfTensor>;

/**
 * A forward call by one program, as a step of its own where TensorFlow.js records.
 *
 * @param evaluate computes the backward call that the step's gradient is.
 */
export function fusedForward(
  tf: TensorFlow,
  kernels: FusedKernels,
  call: Forward,
  plan: CallPlan,
  evaluate: Evaluate,
): NormResult<TfTensor> {
  if (!recording(tf)) return kernels.compute(call as NormCall<TfTensor>, plan);
  const values: Partial<Record<string, TfTensor>> = unrecorded(tf, () =>
    kernels.compute(call as NormCall<TfTensor>, plan),
  );
  const { x } = call;
  try {
    const recorded = Object.entries(values).map(([name, value]) => {
      if (name === 'y') return [name, recordedResult(tf, call, value as TfTensor, evaluate)];
      if (name === 'runningMean' || name === 'runningVar') return [name, value?.clone()];
      const statistic = differentiable(
        tf,
        [x],
        [],
        () => (value as TfTensor).clone(),
        (d, [x]) => [statisticGradient(tf, { ...call, x: x as TfTensor }, plan, name === 'mean', d)],
      );
      return [name, statistic];
    });
    return Object.fromEntries(recorded) as NormResult<TfTensor>;
  } finally {
    disposeAll(tf, values);
  }
}

function recordedResult(tf: TensorFlow, call: Forward, y: TfTensor, evaluate: Evaluate): TfTensor {
  const given = call as unknown as Partial<Record<string, TfTensor>>;
  const names = INPUTS.filter((name) => given[name] !== undefined);
  return differentiable(
    tf,
    names.map((name) => given[name] as TfTensor),
    [],
    () => y.clone(),
    (dy, inputs) => {
      const again = names.map((name, i) => [name, inputs[i]]).filter(([name]) => name !== 'beta');
      const backward = {
        ...backwardAttributes(call),
        ...Object.fromEntries(again),
        op: call.op,
        mode: 'backward',
        dy,
      } as NormCall<TfTensor>;
      const plan = planCall(backward as NormCall<TensorDescription>, 'device');
      const gradients = evaluate(tf, backward, plan) as Record<string, TfTensor>;
      return names.map((name, i) =>
        tf.reshape(gradients[`d${name}`] as TfTensor, (inputs[i] as TfTensor).shape),
      );
    },
  );
}

/**
 * The attributes that a backward call takes over from the forward one: those of the operation, not of running
 * statistics.
 */
function backwardAttributes(call: Forward): Record<string, unknown> {
  const known = ['epsilon', ...OPERATIONS[call.op].attributes];
  return Object.fromEntries(Object.entries(call).filter(([name]) => known.includes(name)));
}
