import type { CallPlan, DType, OutputName, TensorDescription } from '@normlayers/core';
import {
  ARGUMENTS,
  type ArgumentName,
  type DescribedCall,
  type GraphSpec,
  type ScalarName,
} from './graphs/call-graph';
import { mayBeOrdinary } from './graphs/ordinary';
import { type AxisRole, type Frame, frameOf, parameterFeedDims } from './graphs/reduction-axes';
import { nativeWebglRank } from './native/native-support';
import type { Provider } from './provider';

/** A graph, and what of one call goes into it and comes out. */
export interface GraphCall {
  readonly spec: GraphSpec;
  /** The dimensions in which each tensor is fed. */
  readonly dims: Readonly<Partial<Record<ArgumentName, readonly number[]>>>;
  readonly scalars: Readonly<Record<ScalarName, number>>;
}

/** How many axes a tensor may have in the WebGL provider's programs (1.30). */
export const MOST_WEBGL_AXES = 6;

/** The graph that answers a call in any case. */
export function accurateGraphCall(call: DescribedCall, plan: CallPlan, provider: Provider): GraphCall {
  const onGpu = provider === 'webgpu' || provider === 'webgl';
  const own = onGpu ? 'gpu' : 'robust';
  const frame = accurateFrame(call, plan, provider);
  const made = graphCall(plan.n === 0 ? 'fixed' : own, call, plan, frame);
  return provider === 'webgl' ? withSizes(made, frame) : made;
}

export function accurateFrame(call: DescribedCall, plan: CallPlan, provider: Provider): Frame {
  return frameOf(call, plan, {
    splitGroups: true,
    splitLong: true,
    oneRunningSum: provider !== 'wasm',
    fewAxes: provider === 'webgpu' || provider === 'webgl',
    ...(provider === 'webgl' ? { mostAxes: MOST_WEBGL_AXES } : {}),
  });
}

/** The same with its sizes in the model. */
function withSizes({ spec, dims, scalars }: GraphCall, sizes: Frame): GraphCall {
  const { dims: xDims, parameterDims } = sizes;
  const fed = parameterFeedDims(spec, sizes);
  return {
    spec: { ...spec, sizes: { dims: xDims, parameterDims } },
    dims: Object.fromEntries(
      Object.keys(dims).map((name) => [name, name === 'x' || name === 'dy' ? xDims : fed]),
    ),
    scalars,
  };
}

/** The graph to try first, where there is a faster one that answers ordinary input; see `ordinaryGraph`. */
export function fastGraphCall(call: DescribedCall, plan: CallPlan): GraphCall | null {
  if (call.x.dtype === 'float64' || !mayBeOrdinary(plan)) return null;
  return graphCall('ordinary', call, plan, frameOf(call, plan));
}

/** ONNX's own operator. */
export function nativeGraphCall(call: DescribedCall, plan: CallPlan, provider: Provider): GraphCall {
  if (provider === 'webgl') return nativeWebglCall(call, plan);
  const whole = call.op === 'groupNorm' && call.mode === 'inference';
  const frame = frameOf(call, plan, { splitGroups: !whole, splitLong: false });
  const groups = whole ? { groups: call.groups } : {};
  return graphCall('native', call, plan, frame, { epsilon: plan.epsilon, ...groups });
}

function nativeWebglCall(call: DescribedCall, plan: CallPlan): GraphCall {
  const frame = frameOf(call, plan, { splitGroups: false, splitLong: false });
  const more = Math.max(nativeWebglRank(call.op as 'batchNorm' | 'instanceNorm') - frame.dims.length, 0);
  const padded: Frame = {
    ...frame,
    axes: [...frame.axes, ...Array<AxisRole>(more).fill({ reduced: true, parametric: false })],
    dims: [...frame.dims, ...Array<number>(more).fill(1)],
  };
  const made = graphCall('native', call, plan, padded, { epsilon: plan.epsilon });
  const { dims, parameterDims } = padded;
  return { ...made, spec: { ...made.spec, sizes: { dims, parameterDims } } };
}

/** Which of a call's arguments are tensors, with their types. */
export function typesOf(call: DescribedCall): GraphSpec['types'] {
  const types: Partial<Record<ArgumentName, DType>> = {};
  for (const name of ARGUMENTS) {
    const value = (call as Partial<Record<ArgumentName, TensorDescription>>)[name];
    if (value !== undefined) types[name] = value.dtype;
  }
  return types as GraphSpec['types'];
}

function graphCall(
  kind: GraphSpec['kind'],
  call: DescribedCall,
  { epsilon, running }: CallPlan,
  { axes, dims, parameterDims, parameterOrder, stepwise }: Frame,
  attributes: Pick<GraphSpec, 'epsilon' | 'groups'> = {},
): GraphCall {
  const types = typesOf(call);
  const names = Object.keys(types) as ArgumentName[];
  const sqrtEpsilon = Math.sqrt(epsilon);
  const { keep = 0, take = 0, varianceFactor = 1 } = running ?? {};
  return {
    spec: { kind, op: call.op, mode: call.mode, axes, parameterOrder, stepwise, types, ...attributes },
    dims: Object.fromEntries(
      names.map((name) => [name, name === 'x' || name === 'dy' ? dims : parameterDims]),
    ),
    scalars: {
      epsilon,
      sqrtEpsilon,
      smallestScale:
        kind === 'gpu' ? smallestGpuScale(sqrtEpsilon) : smallestScale(sqrtEpsilon, call.x.dtype),
      keep,
      takeMean: take,
      takeVariance: take * varianceFactor,
    },
  };
}

/**
 * The least power of two that a group is divided by: the smallest normal number, or so far below sqrt(epsilon) that
 * epsilon is all that counts, while (sqrt(epsilon) / scale)^2 still does not overflow.
 */
function smallestScale(sqrtEpsilon: number, dtype: DType): number {
  const [smallestNormal, below] = dtype === 'float64' ? [2 ** -1022, 2 ** -400] : [2 ** -126, 2 ** -60];
  return Math.max(2 ** Math.floor(Math.log2(sqrtEpsilon)) * below, smallestNormal);
}

/** The same for `gpuGraph`, which adds it to a group's extent and divides by that. */
function smallestGpuScale(sqrtEpsilon: number): number {
  return Math.max(2 ** Math.floor(Math.log2(sqrtEpsilon)) * 2 ** -58, 2 ** -120);
}

/** The shape in which each output is returned. */
export function outputShape(name: OutputName, call: DescribedCall, { view }: CallPlan): readonly number[] {
  switch (name) {
    case 'y':
    case 'dx':
      return call.x.shape;
    case 'mean':
    case 'invStd':
    case 'invRms':
      return view.statisticsShape;
    case 'runningMean':
    case 'runningVar':
      return (call as unknown as Record<typeof name, TensorDescription>)[name].shape;
    case 'dgamma':
    case 'dbeta':
      return call.gamma?.shape ?? view.parameters.shape;
    case 'dmean':
    case 'dvariance':
      return (call as unknown as Record<'mean', TensorDescription>).mean.shape;
  }
}

/** The names of what a call gives, with their types. */
export function outputTypes(call: DescribedCall, plan: CallPlan): Partial<Record<OutputName, DType>> {
  const { op, mode } = call;
  const types = typesOf(call);
  if (mode === 'inference') return { y: types.x };
  if (mode === 'training') {
    const statistics = plan.statisticsType;
    if (op === 'rmsNorm') return { y: types.x, invRms: statistics };
    const { runningMean, runningVar } = types;
    const running = runningMean && runningVar ? { runningMean, runningVar } : {};
    return { y: types.x, mean: statistics, invStd: statistics, ...running };
  }
  const parameter = types.gamma ?? types.x;
  const { mean, variance } = types;
  return {
    dx: types.x,
    dgamma: parameter,
    ...(op === 'rmsNorm' ? {} : { dbeta: parameter }),
    ...(mean && variance ? { dmean: mean, dvariance: variance } : {}),
  };
}
