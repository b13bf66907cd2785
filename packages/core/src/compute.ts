import type {
  BackwardResult,
  CallOf,
  InferenceResult,
  NormCall,
  NormResult,
  ResultOf,
  TrainingResult,
} from './call';
import { backpropagateChannels, type FixedStatistics, normalizeChannels } from './channels';
import { type CallPlan, planCall } from './plan';
import { backpropagateRows, type Forward, normalizeRows, type ParameterGradients } from './rows';
import type { GroupStatistics } from './standardize';
import { rounded, widened } from './storage';
import { allocate, type DType, sizeOf, type Tensor, type TensorData } from './tensor';
import { inverseOrder, transpose } from './transpose';
import type { RowsView } from './views';

/**
 * The reference: any call, in float64, rounded once. What the fifteen functions (`layerNorm`, `batchNormBackward` and
 * so on) and the reference adapter have in common.
 *
 * @throws NormError for bad input, before anything is computed.
 */
export function compute<C extends NormCall>(call: C): ResultOf<C> {
  return computePlanned(call, planCall(call)) as ResultOf<C>;
}

/** `compute` for a call that has been checked. */
export function computePlanned(call: NormCall, plan: CallPlan): NormResult {
  return call.mode === 'backward' ? backward(call, plan) : forward(call, plan);
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
  if (view.family === 'channels') {
    const statistics = normalizeChannels(x.data, view, parameters, fixedStatistics(call, plan), y);
    const result = { y: { dtype: x.dtype, shape: x.shape, data: y } };
    return call.mode === 'training' ? { ...result, ...trainingStatistics(call, plan, statistics) } : result;
  }
  const statistics = normalizeRows(inViewOrder(x, view), view, parameters, y);
  const result = { y: { dtype: x.dtype, shape: x.shape, data: inOwnOrder(y, x.shape, view) } };
  return call.mode === 'training' ? { ...result, ...trainingStatistics(call, plan, statistics) } : result;
}

function backward(call: CallOf<CallOf['op'], 'backward'>, plan: CallPlan): BackwardResult {
  const { x, dy } = call;
  const { view } = plan;
  const dx = allocate(x.dtype, x.data.length);
  const parameters = standardizeOptions(call, plan);
  if (view.family === 'rows') {
    const gradients = backpropagateRows(inViewOrder(x, view), inViewOrder(dy, view), view, parameters, dx);
    return {
      dx: { dtype: x.dtype, shape: x.shape, data: inOwnOrder(dx, x.shape, view) },
      ...parameterGradients(call, plan, gradients),
    };
  }
  const fixed = fixedStatistics(call, plan);
  const gradients = backpropagateChannels(x.data, dy.data, view, parameters, fixed, dx);
  return {
    dx: { dtype: x.dtype, shape: x.shape, data: dx },
    ...parameterGradients(call, plan, gradients),
    ...(fixed === null
      ? {}
      : statisticsGradients(call as CallOf<'batchNorm', 'backward'>, gradients, parameters, fixed)),
  };
}

function standardizeOptions(call: NormCall, { epsilon }: CallPlan): Omit<Forward, 'beta'> {
  return {
    gamma: call.gamma === undefined ? null : widened(call.gamma.data),
    epsilon,
    centred: call.op !== 'rmsNorm',
    wideRange: call.x.dtype === 'float64',
  };
}

function fixedStatistics(call: NormCall, { epsilon, n }: CallPlan): FixedStatistics | null {
  if (n !== 0 || call.op !== 'batchNorm' || call.mode === 'training') return null;
  const { mean, variance } = call as CallOf<'batchNorm', 'inference'>;
  return {
    mean: widened(mean.data),
    invStd: widened(variance.data).map((value) => 1 / Math.sqrt(value + epsilon)),
  };
}

/** x's elements with each row contiguous. */
function inViewOrder({ data, shape }: Tensor, { permutation }: RowsView): TensorData {
  return permutation === null ? data : transpose(data, shape, permutation);
}

function inOwnOrder(data: TensorData, shape: readonly number[], { permutation }: RowsView): TensorData {
  if (permutation === null) return data;
  const permuted = permutation.map((axis) => shape[axis]);
  return transpose(data, permuted, inverseOrder(permutation));
}

function trainingStatistics(
  call: CallOf<CallOf['op'], 'inference' | 'training'>,
  plan: CallPlan,
  statistics: GroupStatistics,
): Omit<TrainingResult, 'y'> {
  const { statisticsType, view } = plan;
  const statistic = (values: Float64Array) => roundedTensor(values, statisticsType, view.statisticsShape);
  if (call.op === 'rmsNorm') return { invRms: statistic(statistics.invStd) };
  return {
    mean: statistic(statistics.mean),
    invStd: statistic(statistics.invStd),
    ...runningStatistics(call, plan, statistics),
  };
}

/** new = keep * old + take * batch; for Instance Norm the batch's statistic is the mean over its N instances. */
function runningStatistics(
  call: NormCall,
  { running, view }: CallPlan,
  { mean, variance }: GroupStatistics,
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
    return roundedTensor(values, old.dtype, old.shape);
  };
  return {
    runningMean: moved(call.runningMean as Tensor, mean, 1),
    runningVar: moved(call.runningVar as Tensor, variance, varianceFactor),
  };
}

function parameterGradients(
  { op, gamma, x }: NormCall,
  { view }: CallPlan,
  { dgamma, dbeta }: ParameterGradients,
): Pick<BackwardResult, 'dgamma' | 'dbeta'> {
  const { dtype, shape } = gamma ?? { dtype: x.dtype, shape: view.parameters.shape };
  const scale = roundedTensor(dgamma, dtype, shape);
  return op === 'rmsNorm' ? { dgamma: scale } : { dgamma: scale, dbeta: roundedTensor(dbeta, dtype, shape) };
}

/** y = gamma * (x - mean) * (variance + epsilon)^-1/2, differentiated by mean and by variance. */
function statisticsGradients(
  { mean, variance }: CallOf<'batchNorm', 'backward'>,
  { dgamma, dbeta }: ParameterGradients,
  { gamma }: Omit<Forward, 'beta'>,
  { invStd }: FixedStatistics,
): Pick<BackwardResult, 'dmean' | 'dvariance'> {
  const { dtype, shape } = mean as Tensor;
  const scale = (c: number) => (gamma?.[c] ?? 1) * invStd[c];
  return {
    dmean: roundedTensor(
      dbeta.map((sum, c) => -sum * scale(c)),
      dtype,
      shape,
    ),
    dvariance: roundedTensor(
      dgamma.map((sum, c) => -0.5 * sum * scale(c) * invStd[c]),
      (variance as Tensor).dtype,
      shape,
    ),
  };
}

function roundedTensor(values: Float64Array, dtype: DType, shape: readonly number[]): Tensor {
  return { dtype, shape: [...shape], data: rounded(values, allocate(dtype, sizeOf(shape))) };
}
