import type {
  BackwardResult,
  CallOf,
  InferenceResult,
  NormCall,
  ResultOf,
  TrainingResult,
} from '../call/call';
import { tensorsOf } from '../call/call-tensors';
import { callOnSum } from '../call/residual';
import { type CallPlan, planCall } from '../plan/plan';
import type { NormView } from '../plan/views';
import { added } from '../tensor/add';
import { rounded, widened } from '../tensor/storage';
import { allocate, sizeOf, type Tensor, type TensorData, type TensorDescription } from '../tensor/tensor';
import { inverseOrder, transpose } from '../tensor/transpose';
import { backpropagateChannels, type FixedStatistics, normalizeChannels } from './channels';
import { computeMasked } from './masked';
import { backpropagateRows, type Forward, normalizeRows, type ParameterGradients } from './rows';

/**
 * The reference: any call, in float64, rounded once. What the fifteen functions (`layerNorm`, `batchNormBackward` and
 * so on) and the reference adapter have in common.
 *
 * @throws NormError for bad input, before anything is computed.
 */
export function compute<C extends NormCall>(call: C): ResultOf<C> {
  const plan = planCall(call);
  if (tensorsOf(call).mask !== undefined) return computeMasked(call, plan, compute) as ResultOf<C>;
  const { residual, dsum } = call as { readonly residual?: Tensor; readonly dsum?: Tensor };
  const sum = residual === undefined ? undefined : sumOf(call.x, residual);
  const plain: NormCall = sum === undefined && dsum === undefined ? call : callOnSum(call, sum ?? call.x);
  if (plain.mode === 'backward') return backward(plain, plan, dsum) as ResultOf<C>;
  const result = forward(plain, plan);
  return (sum === undefined ? result : { ...result, sum }) as ResultOf<C>;
}

/** x + residual, rounded once. */
function sumOf({ dtype, shape, data }: Tensor, residual: Tensor): Tensor {
  return { dtype, shape, data: added(data, residual.data) };
}

function forward(
  call: CallOf<CallOf['op'], 'inference' | 'training'>,
  plan: CallPlan,
): InferenceResult | TrainingResult {
  const { x } = call;
  const { view } = plan;
  const y = allocate(x.dtype, x.data.length);
  const parameters = {
    ...standardizeOptions(call, plan),
    beta: 'beta' in call && call.beta !== undefined ? widened(call.beta.data) : null,
  };
  const statistics =
    view.family === 'channels'
      ? normalizeChannels(x.data, view, parameters, fixedStatistics(call, plan), y)
      : normalizeRows(inViewOrder(x, view), view, parameters, y);
  return {
    y: { dtype: x.dtype, shape: x.shape, data: inOwnOrder(y, x.shape, view) },
    ...(call.mode === 'training' ? trainingStatistics(call, plan, statistics) : {}),
  };
}

function backward(
  call: CallOf<CallOf['op'], 'backward'>,
  plan: CallPlan,
  dsum: Tensor | undefined,
): BackwardResult {
  const { x, dy } = call;
  const { view } = plan;
  const dx = allocate(x.dtype, x.data.length);
  const parameters = standardizeOptions(call, plan);
  const gradients =
    view.family === 'channels'
      ? backpropagateChannels(x.data, dy.data, view, parameters, fixedStatistics(call, plan), dx)
      : backpropagateRows(
          inViewOrder(x, view),
          inViewOrder(dy, view),
          view,
          { ...parameters, dsum: dsum === undefined ? null : inViewOrder(dsum, view) },
          dx,
        );
  return {
    dx: { dtype: x.dtype, shape: x.shape, data: inOwnOrder(dx, x.shape, view) },
    ...parameterGradients(call, plan, gradients),
  };
}

function standardizeOptions(call: NormCall, plan: CallPlan): Omit<Forward, 'beta'> {
  const { epsilon, centred } = plan;
  return {
    gamma: scaleOf(call, plan),
    epsilon,
    centred,
    wideRange: call.x.dtype === 'float64',
  };
}

/** What x-hat is multiplied by, in float64: gamma and what is added to it. */
function scaleOf({ gamma }: NormCall, { gammaOffset }: CallPlan): Float64Array | null {
  if (gamma === undefined) return null;
  const values = widened(gamma.data);
  if (gammaOffset !== 0) for (let i = 0; i < values.length; i++) values[i] += gammaOffset;
  return values;
}

/** Batch Norm's given statistics in float64, where a call is to use them; else null. */
export function fixedStatistics(call: NormCall, { epsilon, statistics }: CallPlan): FixedStatistics | null {
  if (statistics === 'own') return null;
  const { mean, variance } = call as CallOf<'batchNorm', 'inference'>;
  return {
    mean: widened(mean.data),
    invStd: widened(variance.data).map((value) => 1 / Math.sqrt(value + epsilon)),
  };
}

/** x's elements in the view's order, each row contiguous: x's own data where they lie so, else a transposed copy. */
export function inViewOrder({ data, shape }: Tensor, view: NormView): TensorData {
  return view.family === 'channels' || view.permutation === null
    ? data
    : transpose(data, shape, view.permutation);
}

/** Elements in the view's order, back in the order of x's axes. */
export function inOwnOrder(data: TensorData, shape: readonly number[], view: NormView): TensorData {
  const permutation = view.family === 'channels' ? null : view.permutation;
  if (permutation === null) return data;
  const permuted = permutation.map((axis) => shape[axis]);
  return transpose(data, permuted, inverseOrder(permutation));
}

/** What training returns besides y, made of the float64 statistics of every group: rounded, running statistics moved. */
export function trainingStatistics(
  call: NormCall,
  plan: CallPlan,
  statistics: Readonly<Record<'mean' | 'variance' | 'invStd', Float64Array>>,
): Omit<TrainingResult, 'y'> {
  const { outputs } = plan;
  if (!plan.centred) return { invRms: roundedTensor(statistics.invStd, outputs.invRms!) };
  return {
    mean: roundedTensor(statistics.mean, outputs.mean!),
    invStd: roundedTensor(statistics.invStd, outputs.invStd!),
    ...runningStatistics(call, plan, statistics),
  };
}

/** new = keep * old + take * batch; for Instance Norm the batch's statistic is the mean over its N instances. */
function runningStatistics(
  call: NormCall,
  { running, view }: CallPlan,
  { mean, variance }: Readonly<Record<'mean' | 'variance', Float64Array>>,
): Pick<TrainingResult, 'runningMean' | 'runningVar'> {
  if (running === null || !('runningMean' in call)) return {};
  const { keep, take, varianceFactor } = running;
  const channels = view.parameters.count;
  const moved = (old: Tensor, batch: Float64Array, factor: number) => {
    const values = widened(old.data);
    const instances = batch.length / channels;
    for (let c = 0; c < channels; c++) {
      let total = 0;
      for (let i = 0; i < instances; i++) total += batch[i * channels + c];
      values[c] = keep * values[c] + take * ((total / instances) * factor);
    }
    return roundedTensor(values, old);
  };
  return {
    runningMean: moved(call.runningMean as Tensor, mean, 1),
    runningVar: moved(call.runningVar as Tensor, variance, varianceFactor),
  };
}

/** What backward returns besides dx, made of the float64 sums dgamma and dbeta: rounded, and those of fixed statistics. */
export function parameterGradients(
  call: NormCall,
  plan: CallPlan,
  gradients: ParameterGradients,
): Omit<BackwardResult, 'dx'> {
  const { outputs } = plan;
  const dgamma = roundedTensor(gradients.dgamma, outputs.dgamma!);
  if (!plan.centred) return { dgamma };
  const fixed = fixedStatistics(call, plan);
  return {
    dgamma,
    dbeta: roundedTensor(gradients.dbeta, outputs.dbeta!),
    ...(fixed === null ? {} : statisticsGradients(call, plan, gradients, fixed)),
  };
}

/** y = gamma * (x - mean) * (variance + epsilon)^-1/2, differentiated by mean and by variance. */
function statisticsGradients(
  { gamma }: NormCall,
  { outputs }: CallPlan,
  { dgamma, dbeta }: ParameterGradients,
  { invStd }: FixedStatistics,
): Pick<BackwardResult, 'dmean' | 'dvariance'> {
  const gammas = gamma === undefined ? null : widened(gamma.data);
  const scale = (c: number) => (gammas?.[c] ?? 1) * invStd[c];
  return {
    dmean: roundedTensor(
      dbeta.map((sum, c) => -sum * scale(c)),
      outputs.dmean!,
    ),
    dvariance: roundedTensor(
      dgamma.map((sum, c) => -0.5 * sum * scale(c) * invStd[c]),
      outputs.dvariance!,
    ),
  };
}

function roundedTensor(values: Float64Array, { dtype, shape }: TensorDescription): Tensor {
  return { dtype, shape: [...shape], data: rounded(values, allocate(dtype, sizeOf(shape))) };
}
