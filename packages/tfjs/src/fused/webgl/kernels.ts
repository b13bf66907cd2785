import { type CallPlan, type NormCall, type NormResult, sizeOf } from '@normlayers/core/adapter';
import { type GroupedView, groupedViewOf } from '../../chain/grouped-view';
import type { TensorFlow, TensorInfo, TfTensor } from '../../framework';
import { ofNothing } from '../arrays';
import type { FusedKernels } from '../fused-kernels';
import { webglDevice } from './device';
import type { GpuDevice, GpuProgram } from './program';
import {
  dotsProgram,
  inputGradientProgram,
  joinProgram,
  normalizeProgram,
  type ParameterGradient,
  type ProgramForm,
  parameterGradientProgram,
  parameterSumsProgram,
  runningProgram,
  statisticProgram,
  statisticsProgram,
} from './programs';

/** The call's tensors by name. */
type Tensors = Readonly<Partial<Record<string, TfTensor>>>;

/** Null where the webgl backend cannot run our programs. */
export function webglKernels(tf: TensorFlow, backend: object): FusedKernels | null {
  const device = webglDevice(tf, backend);
  return device === null ? null : gpuKernels(tf, device);
}

/**
 * Calls as programs of our own on a GPU: two in inference (the statistics of every group; then y), one where
 * the statistics are given. Training and backward take one more for each result and each kind of sum. Nothing
 * is read back.
 */
function gpuKernels(tf: TensorFlow, device: GpuDevice): FusedKernels {
  return {
    compute(call, plan) {
      const lost = device.lost();
      if (lost !== null) throw lost;
      if (sizeOf(call.x.shape) === 0) return ofNothing(tf, call);
      const passes = passesOf(device, call, plan);
      try {
        const results = call.mode === 'backward' ? backward(call, plan, passes) : forward(call, plan, passes);
        return Object.fromEntries(
          Object.entries(results).map(([name, { info, shape }]) => [
            name,
            tf.engine().makeTensorFromTensorInfo({ ...info, shape: [...shape] }),
          ]),
        ) as NormResult<TfTensor>;
      } finally {
        passes.end();
      }
    },
  };
}

interface Result {
  readonly info: TensorInfo;
  readonly shape: readonly number[];
}
type Results = Record<string, Result>;

type Passes = ReturnType<typeof passesOf>;

/** The programs of one call, with its tensors and uniforms. */
function passesOf(
  device: GpuDevice,
  call: NormCall<TfTensor>,
  { view, epsilon, running, centred, statistics }: CallPlan,
) {
  const tensors = call as unknown as Tensors;
  const grouped = groupedViewOf(view, call.x.shape);
  const [, groups, inner] = grouped.shape;
  const split = device.split(grouped.shape);
  const byParameter = device.split(grouped.parameterShape);
  const fixed = statistics === 'given';
  const form: ProgramForm = {
    centred,
    fixed,
    gamma: tensors.gamma !== undefined,
    beta: tensors.beta !== undefined,
    axesMoved: grouped.transpose?.shape.length ?? 0,
  };
  const ints = {
    n: grouped.n,
    size: grouped.n,
    groups,
    inner,
    parameters: view.parameters.count,
    span: view.parameters.inner,
    nothing: 0,
    // Where epsilon outweighs every square anyway, the scale stays low enough for epsilon * scale^2 to be
    // finite.
    highest: epsilon === 0 ? 126 : Math.min(126, 60 - Math.ceil(Math.log2(epsilon) / 2)),
    blocks: split.blocks,
    length: split.length,
    statBlocks: split.blocks,
    statLength: split.length,
    dotBlocks: split.blocks,
    ...movedInts(grouped),
  };
  const floats = {
    epsilon,
    sqrtEpsilon: Math.sqrt(epsilon),
    flatSlope: 1 / Math.sqrt(epsilon),
    keep: running?.keep ?? 0,
    take: running?.take ?? 0,
  };
  const held: TensorInfo[] = [];
  /** What the programs before have left. */
  const between: Record<string, TensorInfo> = {};
  const joined = { statBlocks: 1, statLength: grouped.n };
  let ofStatistics = {};

  function run(
    program: GpuProgram,
    count: number,
    changed: { ints?: Record<string, number>; floats?: Record<string, number>; old?: TfTensor } = {},
  ): TensorInfo {
    const given: Record<string, unknown> = {
      ...tensors,
      givenMean: tensors.mean,
      givenVariance: tensors.variance,
      old: changed.old,
      ...between,
    };
    return device.run(
      program,
      program.inputs.map((name) => given[name] as TensorInfo),
      { ints: { ...ints, ...ofStatistics, ...changed.ints }, floats: { ...floats, ...changed.floats } },
      count,
    );
  }
  function leave(name: string, info: TensorInfo): void {
    held.push(info);
    between[name] = info;
  }
  return {
    form,
    groups,
    parameters: view.parameters.count,
    run,
    /** @param join whether a group's blocks are worth joining for good: where many programs read them. */
    statistics(join: boolean) {
      if (fixed) return;
      leave('stats', run(statisticsProgram(form), groups * split.blocks));
      if (!join || split.blocks === 1) return;
      leave('stats', run(joinProgram(form), groups));
      ofStatistics = joined;
    },
    /** The sums that dx needs. */
    dots: () => leave('dots', run(dotsProgram(form), groups * split.blocks)),
    /** The sums that the parameters' gradients need: of `parameterGradient`. */
    parameterSums() {
      const { blocks, length } = byParameter;
      const size = sizeOf(grouped.shape) / view.parameters.count;
      const own = { ints: { blocks, length, size } };
      leave('dots', run(parameterSumsProgram(form), view.parameters.count * blocks, own));
    },
    parameterGradient: (which: ParameterGradient) =>
      run(parameterGradientProgram(form, which), view.parameters.count, {
        ints: { dotBlocks: byParameter.blocks },
      }),
    /** Frees what programs have left for each other. */
    end() {
      for (const info of held.splice(0)) device.dispose(info);
    },
  };
}

function forward(call: NormCall<TfTensor>, { view, running, centred }: CallPlan, passes: Passes): Results {
  const { form, groups, run } = passes;
  const { x } = call;
  passes.statistics(call.mode === 'training');
  const y = { info: run(normalizeProgram(form), sizeOf(x.shape)), shape: x.shape };
  if (call.mode === 'inference') return { y };
  const statistic = (which: 'mean' | 'invStd') => ({
    info: run(statisticProgram(form, which), groups),
    shape: view.statisticsShape,
  });
  if (!centred) return { y, invRms: statistic('invStd') };
  const results: Results = { y, mean: statistic('mean'), invStd: statistic('invStd') };
  if (running === null) return results;
  const moved = (which: 'mean' | 'variance', old: TfTensor, factor: number) => ({
    info: run(runningProgram(form, which), passes.parameters, {
      old,
      floats: { take: running.take * factor },
    }),
    shape: old.shape,
  });
  const { runningMean, runningVar } = call as unknown as Record<string, TfTensor>;
  return {
    ...results,
    runningMean: moved('mean', runningMean as TfTensor, 1),
    runningVar: moved('variance', runningVar as TfTensor, running.varianceFactor),
  };
}

function backward(call: NormCall<TfTensor>, { view }: CallPlan, passes: Passes): Results {
  const { form, run } = passes;
  const { x, gamma } = call;
  passes.statistics(true);
  if (!form.fixed) passes.dots();
  const dx = { info: run(inputGradientProgram(form), sizeOf(x.shape)), shape: x.shape };
  passes.parameterSums();
  const gradient = (which: ParameterGradient, shape: readonly number[]) => ({
    info: passes.parameterGradient(which),
    shape,
  });
  const parameterShape = gamma?.shape ?? view.parameters.shape;
  const { mean, variance } = call as unknown as Tensors;
  return {
    dx,
    dgamma: gradient('dgamma', parameterShape),
    ...(form.centred ? { dbeta: gradient('dbeta', parameterShape) } : {}),
    ...(mean && variance
      ? { dmean: gradient('dmean', mean.shape), dvariance: gradient('dvariance', variance.shape) }
      : {}),
  };
}

/** The uniforms of `axesMoved` for the transpose that brings x to its grouped view. */
function movedInts({ transpose }: GroupedView): Record<string, number> {
  if (transpose === null) return {};
  const { shape, order } = transpose;
  const own = shape.map((_, axis) => axis);
  const ints = (name: string, values: readonly number[]) => values.map((value, k) => [`${name}${k}`, value]);
  return Object.fromEntries([
    ...ints('groupedSize', sizesOf(shape, order)),
    ...ints('ownStride', stridesOf(shape, own, order)),
    ...ints('ownSize', shape),
    ...ints('groupedStride', stridesOf(shape, order, own)),
  ]);
}

function sizesOf(shape: readonly number[], axes: readonly number[]): number[] {
  return axes.map((axis) => shape[axis] as number);
}

/** How far apart neighbours along each of `axes` are, where the axes lie in the order `lain`. */
function stridesOf(shape: readonly number[], lain: readonly number[], axes: readonly number[]): number[] {
  return axes.map((axis) => sizeOf(sizesOf(shape, lain.slice(lain.indexOf(axis) + 1))));
}
