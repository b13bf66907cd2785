import {
  type CallPlan,
  type DType,
  LIKE_INPUT,
  mapTensors,
  type TensorDescription,
  type TensorName,
  tensorsOf,
} from '@normlayers/core/adapter';
import type { DescribedCall, GraphSpec, ScalarName } from './graphs/call-graph';
import { mayBeOrdinary } from './graphs/ordinary';
import {
  type AxisRole,
  parameterFeedDims,
  type ReductionAxes,
  reductionAxesOf,
} from './graphs/reduction-axes';
import { NATIVE_WEBGL_RANK } from './native/native-support';
import type { Provider } from './provider';

/** A graph, and what of one call goes into it and comes out. */
export interface GraphCall {
  readonly spec: GraphSpec;
  /** The dimensions in which each tensor is fed. */
  readonly dims: Readonly<Partial<Record<TensorName, readonly number[]>>>;
  readonly scalars: Readonly<Record<ScalarName, number>>;
}

/** How many axes a tensor may have in the WebGL provider's programs (1.30). */
export const MOST_WEBGL_AXES = 6;

/**
 * The graph that answers a call in any case.
 *
 * @example
 * ```ts
 * import { planCall } from '@normlayers/core/adapter';
 * import { accurateGraphCall, graphOf } from '@normlayers/onnx';
 *
 * const call = { op: 'layerNorm', mode: 'inference', x: { dtype: 'float32', shape: [4, 768] } } as const;
 * const { spec, dims, scalars } = accurateGraphCall(call, planCall(call, 'device'), 'wasm');
 * assert.deepEqual(dims.x, [2, 2, 768]);
 * assert.equal(scalars.epsilon, 1e-5);
 * const model = (await graphOf(spec)).toBytes();
 * assert(model.length > 500);
 * ```
 */
export function accurateGraphCall(call: DescribedCall, plan: CallPlan, provider: Provider): GraphCall {
  const onGpu = provider === 'webgpu' || provider === 'webgl';
  const own = onGpu ? 'gpu' : 'robust';
  const axes = accurateAxes(call, plan, provider);
  const made = graphCall(plan.statistics === 'given' ? 'fixed' : own, call, plan, axes);
  return provider === 'webgl' ? withSizes(made, axes) : made;
}

/** The axes of that graph. */
export function accurateAxes(call: DescribedCall, plan: CallPlan, provider: Provider): ReductionAxes {
  return reductionAxesOf(call.x.shape, plan, {
    splitGroups: true,
    splitLong: true,
    oneRunningSum: provider !== 'wasm',
    fewAxes: provider === 'webgpu' || provider === 'webgl',
    ...(provider === 'webgl' ? { mostAxes: MOST_WEBGL_AXES } : {}),
  });
}

/** The same with its sizes in the model. */
function withSizes({ spec, dims, scalars }: GraphCall, sizes: ReductionAxes): GraphCall {
  const { dims: xDims, parameterDims } = sizes;
  const fed = parameterFeedDims(spec, sizes);
  return {
    spec: { ...spec, sizes: { dims: xDims, parameterDims } },
    dims: Object.fromEntries(Object.keys(dims).map((name) => [name, isLikeInput(name) ? xDims : fed])),
    scalars,
  };
}

function isLikeInput(name: string): boolean {
  return (LIKE_INPUT as readonly string[]).includes(name);
}

/**
 * The graph to try first, where there is a faster one that answers ordinary input; see `ordinaryGraph`. Not for a sum with
 * a residual: whether its squares vanish is not to be seen from x.
 */
export function fastGraphCall(call: DescribedCall, plan: CallPlan): GraphCall | null {
  if (call.x.dtype === 'float64' || tensorsOf(call).residual !== undefined || !mayBeOrdinary(plan))
    return null;
  return graphCall('ordinary', call, plan, reductionAxesOf(call.x.shape, plan));
}

/** ONNX's own operator. */
export function nativeGraphCall(call: DescribedCall, plan: CallPlan, provider: Provider): GraphCall {
  if (provider === 'webgl') return nativeWebglCall(call, plan);
  const { op, mode, x } = call;
  const whole = op === 'groupNorm' && mode === 'inference';
  const axes = reductionAxesOf(x.shape, plan, { splitGroups: !whole, splitLong: false });
  const { epsilon } = plan;
  return graphCall(
    'native',
    call,
    plan,
    axes,
    whole ? { op, epsilon, groups: plan.groups! } : { op, epsilon },
  );
}

function nativeWebglCall(call: DescribedCall, plan: CallPlan): GraphCall {
  const axes = reductionAxesOf(call.x.shape, plan, { splitGroups: false, splitLong: false });
  const rank = NATIVE_WEBGL_RANK[call.op as keyof typeof NATIVE_WEBGL_RANK];
  const more = Math.max(rank - axes.dims.length, 0);
  const padded: ReductionAxes = {
    ...axes,
    axes: [...axes.axes, ...Array<AxisRole>(more).fill({ reduced: true, parametric: false })],
    dims: [...axes.dims, ...Array<number>(more).fill(1)],
  };
  const made = graphCall('native', call, plan, padded, { op: call.op, epsilon: plan.epsilon });
  const { dims, parameterDims } = padded;
  return { ...made, spec: { ...made.spec, sizes: { dims, parameterDims } } };
}

function graphCall(
  kind: GraphSpec['kind'],
  call: DescribedCall,
  { centred, epsilon, gammaOffset, running }: CallPlan,
  { axes, dims, parameterDims, parameterOrder, stepwise }: ReductionAxes,
  operator?: GraphSpec['operator'],
): GraphCall {
  const types = tensorsOf(mapTensors<TensorDescription, DType>(call, ({ dtype }) => dtype));
  const sqrtEpsilon = Math.sqrt(epsilon);
  const { keep = 0, take = 0, varianceFactor = 1 } = running ?? {};
  return {
    spec: {
      kind,
      mode: call.mode,
      centred,
      axes,
      parameterOrder,
      stepwise,
      types,
      offsetsGamma: gammaOffset !== 0,
      ...(operator === undefined ? {} : { operator }),
    },
    dims: Object.fromEntries(
      Object.keys(types).map((name) => [name, isLikeInput(name) ? dims : parameterDims]),
    ),
    scalars: {
      epsilon,
      sqrtEpsilon,
      smallestScale:
        kind === 'gpu' ? smallestGpuScale(sqrtEpsilon) : smallestScale(sqrtEpsilon, call.x.dtype),
      keep,
      takeMean: take,
      takeVariance: take * varianceFactor,
      gammaOffset,
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
