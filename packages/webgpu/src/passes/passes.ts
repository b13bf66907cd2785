import {
  type CallPlan,
  type NormCall,
  type OutputName,
  sizeOf,
  type TensorDescription,
  type TensorName,
  tensorsOf,
} from '@normlayers/core/adapter';
import { blockMomentsKernel } from '../shaders/kernels/block-moments';
import {
  type GroupSums,
  givenGradientKernel,
  inputGradientBlocksKernel,
  inputGradientKernel,
} from '../shaders/kernels/input-gradient';
import { normalizeKernel } from '../shaders/kernels/normalize';
import { normalizeBlocksKernel, normalizeGivenKernel } from '../shaders/kernels/normalize-blocks';
import { joinGradientsKernel, parameterSumsKernel } from '../shaders/kernels/parameter-gradients';
import { runningKernel } from '../shaders/kernels/running';
import type { StatisticName } from '../shaders/kernels/statistics';
import type { Form, Program, StoredType } from '../shaders/program/form';
import { AXIS_WORDS, FIRST_AXIS, SCALARS, type ScalarName } from '../shaders/program/uniforms';
import { withAdditions } from './additions';
import { type Axis, axesOf } from './axes';
import type { GpuLimits } from './limits';
import type { Pass, ScratchName } from './pass';
import { type Demand, MAX_BLOCKS, type Shape, shapeOf } from './shape';
import { axisWords, type SweepAxes, sweepAxes } from './sweep-axes';

/**
 * A call as dispatches, in their order. Pure: types and shapes in, programs and numbers out.
 *
 * Inference takes one, or two where groups are long and few (moments of blocks; then y). Training takes as
 * many, where the device lets a kernel have enough buffers, and backward at most three: dx in one or two,
 * then the parameters' sums. A residual and dsum take a pass each.
 *
 * @param plan `planCall(call, 'device')`.
 * @returns nothing where x has no elements.
 *
 * @example
 * ```ts
 * import { planCall } from '@normlayers/core/adapter';
 * import { BASE_LIMITS, passesOf } from '@normlayers/webgpu';
 *
 * const call = { op: 'layerNorm', mode: 'inference', x: { dtype: 'float32', shape: [1024, 768] } } as const;
 * const [pass] = passesOf(call, planCall(call, 'device'), BASE_LIMITS);
 * assert.deepEqual(pass.inputs, { x: 'x' });
 * assert.equal(pass.count, 1024); // workgroups: one a row
 * ```
 */
export function passesOf(call: NormCall<TensorDescription>, plan: CallPlan, limits: GpuLimits): Pass[] {
  if (sizeOf(call.x.shape) === 0) return [];
  return withAdditions(call, plan, (plain) => {
    const build = new CallPasses(plain, plan, limits);
    return plain.mode === 'backward' ? backward(build) : forward(build);
  });
}

/** What all passes of a call have in common. */
class CallPasses {
  readonly axes: readonly Axis[];
  /** Groups, and of a parameter's elements. */
  readonly groups: number;
  readonly parameters: number;
  readonly types: Readonly<Partial<Record<string, StoredType>>>;

  constructor(
    readonly call: NormCall<TensorDescription>,
    readonly plan: CallPlan,
    readonly limits: GpuLimits,
  ) {
    this.axes = axesOf(plan, call.x.shape);
    this.groups = sizeOf(plan.view.statisticsShape);
    this.parameters = plan.view.parameters.count;
    const bound: Record<string, StoredType> = {};
    const type = ({ dtype }: TensorDescription): StoredType => (dtype === 'float16' ? 'f16' : 'f32');
    for (const [name, tensor] of Object.entries(tensorsOf(call))) {
      bound[BINDING_OF[name] ?? name] = type(tensor as TensorDescription);
    }
    for (const [name, output] of Object.entries(plan.outputs)) {
      const binding = OUTPUT_BINDING[name] ?? name;
      bound[binding] ??= type(output);
    }
    this.types = bound;
  }

  get given(): boolean {
    return this.plan.statistics === 'given';
  }

  /** The groups' sweep, for a kernel that reads some of these tensors. */
  groupSweep(reads: readonly string[]): SweepAxes {
    const parameters = reads.some((name) => BY_PARAMETER.includes(name) && this.types[name] !== undefined);
    return sweepAxes(this.axes, ({ group }) => group > 0, { read: parameters ? ['parameter'] : [] });
  }

  parameterSweep(): SweepAxes {
    const use = { read: ['parameter', 'group'], parametersInOrder: true } as const;
    return sweepAxes(this.axes, ({ parameter }) => parameter > 0, use);
  }

  /** Whether all elements of a group share their parameters. */
  get parameterPerGroup(): boolean {
    return this.axes.every(({ group, parameter }) => group > 0 || parameter === 0);
  }

  shape(sweep: SweepAxes, demand: Demand): Shape {
    return shapeOf(sweep, this.limits, demand);
  }

  form(sweep: SweepAxes, shape: Shape, names: readonly string[]): Form {
    const types = Object.fromEntries(
      names.filter((name) => this.types[name] !== undefined).map((name) => [name, this.types[name]]),
    );
    const { mode, perUnit } = sweep.parameter;
    return {
      width: sweep.width,
      // A lane that has a unit to itself, and reads a number at once, does the same in both.
      columns: sweep.columns || (sweep.width === 1 && shape.lanes === 1),
      lanes: shape.lanes,
      units: shape.units,
      held: shape.held,
      subgroups: this.limits.subgroups && shape.lanes >= 32,
      slotAxes: sweep.slots.length,
      axes: roomFor(sweep.units.length + sweep.slots.length),
      evenSlots: sweep.evenSlots,
      split: shape.blocks > 1,
      centred: this.plan.centred,
      gammaOffset: this.plan.gammaOffset,
      types,
      parameter: { mode, perUnit },
      record: { mode: sweep.record.mode, perUnit: sweep.record.perUnit },
    };
  }

  /** A pass of a program: what its bindings are follows from their names. */
  pass(
    program: Program,
    sweep: SweepAxes,
    shape: Shape,
    scratch: Pass['scratch'] = {},
    changed: Partial<Record<ScalarName, number>> = {},
  ): Pass {
    const units = sweep.owners * shape.blocks;
    const named = (access: 'read' | 'read_write', names: Readonly<Record<string, string>>) =>
      Object.fromEntries(
        program.bindings
          .filter((binding) => binding.access === access)
          .map(({ name }) => [name, names[name] ?? name]),
      );
    return {
      program,
      inputs: named('read', TENSOR_OF) as Record<string, TensorName | ScratchName>,
      outputs: named('read_write', OUTPUT_OF) as Record<string, OutputName | ScratchName>,
      scratch,
      uniforms: this.#uniforms(sweep, shape, changed),
      count: Math.ceil(units / shape.units),
    };
  }

  #uniforms(sweep: SweepAxes, shape: Shape, changed: Partial<Record<ScalarName, number>>): Uint32Array {
    const { epsilon, running } = this.plan;
    const values: Record<ScalarName, number> = {
      total: sweep.owners * shape.blocks,
      owners: sweep.owners,
      blocks: shape.blocks,
      length: shape.length,
      count: sweep.count,
      groups: this.groups,
      zero: 0,
      // Where epsilon outweighs every square anyway, the scale stays low enough for epsilon * scale^2 to be finite.
      highest: epsilon === 0 ? 126 : Math.min(126, 60 - Math.ceil(Math.log2(epsilon) / 2)),
      n: sizeOf(this.call.x.shape) / this.groups,
      width: sweep.columns ? 1 : sweep.width,
      epsilon,
      sqrtEpsilon: Math.sqrt(epsilon),
      flatSlope: 1 / Math.sqrt(epsilon),
      keep: running?.keep ?? 0,
      takeMean: running?.take ?? 0,
      takeVariance: running === null ? 0 : running.take * running.varianceFactor,
      instances: this.groups / this.parameters,
      parameterStep: sweep.parameter.step,
      recordStep: sweep.record.step,
      parameters: sweep.parameter.mode === 'vector' ? this.parameters / 4 : this.parameters,
      unitAxes: sweep.units.length,
      ...changed,
    };
    const axes = [...sweep.slots, ...sweep.units];
    const first = FIRST_AXIS;
    const words = new Uint32Array(first + roomFor(axes.length) * AXIS_WORDS);
    const floats = new Float32Array(words.buffer);
    for (const [i, [name, type]] of SCALARS.entries()) {
      if (type === 'f32') floats[i] = values[name];
      else words[i] = values[name];
    }
    for (const [i, axis] of axes.entries()) words.set(axisWords(axis), first + i * AXIS_WORDS);
    return words;
  }
}

/** A uniform buffer has room for 4, 8 or 16 axes, so that few programs are compiled. */
function roomFor(axes: number): number {
  return Math.max(4, 2 ** Math.ceil(Math.log2(axes)));
}

/** Tensors with a number for each parameter, that kernels of groups read. */
const BY_PARAMETER = ['gamma', 'beta', 'givenMean', 'givenVariance'];

/** Bindings that are not called what their tensors are. */
const TENSOR_OF: Readonly<Record<string, string>> = { givenMean: 'mean', givenVariance: 'variance' };
const OUTPUT_OF: Readonly<Record<string, string>> = { newMean: 'runningMean', newVar: 'runningVar' };
const BINDING_OF: Readonly<Record<string, string>> = { mean: 'givenMean', variance: 'givenVariance' };
const OUTPUT_BINDING: Readonly<Record<string, string>> = { runningMean: 'newMean', runningVar: 'newVar' };

const FORWARD = ['x', 'gamma', 'beta', 'y', 'runningMean', 'runningVar', 'newMean', 'newVar'];
const BACKWARD = ['x', 'dy', 'gamma', 'dx', 'dgamma', 'dbeta', 'dmean', 'dvariance'];
const GIVEN = ['givenMean', 'givenVariance'];

/** How many slots of one tensor, or of each of two, a lane can hold. */
const REGISTERS = 16;
const REGISTERS_OF_TWO = 8;

function forward(build: CallPasses): Pass[] {
  const { plan, call, limits } = build;
  const sweep = build.groupSweep(BY_PARAMETER);
  if (build.given) {
    const shape = build.shape(sweep, { registers: 0, maxBlocks: Infinity });
    return [build.pass(normalizeGivenKernel(build.form(sweep, shape, [...FORWARD, ...GIVEN])), sweep, shape)];
  }
  const shape = build.shape(sweep, { registers: REGISTERS, maxBlocks: MAX_BLOCKS });
  const form = build.form(sweep, shape, FORWARD);
  const split = shape.blocks > 1;
  const own: StatisticName[] =
    call.mode === 'inference' ? [] : plan.centred ? ['mean', 'invStd'] : ['invRms'];
  const write = (statistics: readonly StatisticName[]) =>
    split ? normalizeBlocksKernel(form, statistics) : normalizeKernel(form, statistics);
  const moves = plan.running !== null;
  const together = moves && (split || build.groups === build.parameters);
  let program = write(together ? [...own, 'running'] : moves ? [...own, 'spreads'] : own);
  let apart = moves && !together;
  if (program.bindings.length > limits.maxStorageBuffers) {
    program = write([...own, 'spreads']);
    apart = true;
  }
  const passes: Pass[] = [];
  if (split) passes.push(blockMoments(build, sweep, shape, false));
  passes.push(build.pass(program, sweep, shape, apart ? { spreads: 8 * build.groups } : {}));
  if (apart) passes.push(running(build));
  return passes;
}

/** Forward it needs no parameters. */
function blockMoments(build: CallPasses, sweep: SweepAxes, shape: Shape, dots: boolean): Pass {
  const simple = dots ? sweep : build.groupSweep([]);
  const names = dots ? ['x', 'dy', 'gamma'] : ['x'];
  const bytes = 4 * (dots ? 6 : 4) * build.groups * shape.blocks;
  const program = blockMomentsKernel(build.form(simple, shape, names), dots);
  return build.pass(program, simple, shape, { records: bytes });
}

function running(build: CallPasses): Pass {
  const [sweep, shape] = eachParameter(build);
  return build.pass(
    runningKernel(build.form(sweep, shape, ['runningMean', 'runningVar', 'newMean', 'newVar'])),
    sweep,
    shape,
  );
}

function backward(build: CallPasses): Pass[] {
  const sweep = build.groupSweep(['gamma', ...GIVEN]);
  const perUnit = build.parameterPerGroup;
  if (build.given) {
    const shape = build.shape(sweep, { registers: 0, maxBlocks: MAX_BLOCKS });
    const form = build.form(sweep, shape, [...BACKWARD, ...GIVEN]);
    const bytes = 8 * build.groups * shape.blocks;
    return [
      build.pass(givenGradientKernel(form), sweep, shape, { partials: bytes }),
      joinGradients(build, shape.blocks),
    ];
  }
  const shape = build.shape(sweep, { registers: REGISTERS_OF_TWO, maxBlocks: MAX_BLOCKS });
  const form = build.form(sweep, shape, BACKWARD);
  const split = shape.blocks > 1;
  const sums: GroupSums = !perUnit
    ? 'groupRecords'
    : build.groups === build.parameters
      ? 'gradients'
      : 'partials';
  const scratch =
    sums === 'gradients'
      ? {}
      : sums === 'partials'
        ? { partials: 8 * build.groups }
        : { groupRecords: 16 * build.groups };
  const program = split ? inputGradientBlocksKernel(form, sums) : inputGradientKernel(form, sums);
  const passes = [build.pass(program, sweep, shape, scratch)];
  if (split) passes.unshift(blockMoments(build, sweep, shape, true));
  if (sums === 'partials') passes.push(joinGradients(build, build.groups / build.parameters));
  if (sums === 'groupRecords') passes.push(...parameterSums(build, split ? 1 : MAX_BLOCKS));
  return passes;
}

function parameterSums(build: CallPasses, maxBlocks: number): Pass[] {
  const sweep = build.parameterSweep();
  const shape = build.shape(sweep, { registers: 0, maxBlocks });
  const form = build.form(sweep, shape, ['x', 'dy', 'dgamma', 'dbeta']);
  const bytes = 8 * build.parameters * shape.blocks;
  const first = build.pass(
    parameterSumsKernel(form),
    sweep,
    shape,
    shape.blocks > 1 ? { partials: bytes } : {},
  );
  return shape.blocks > 1 ? [first, joinGradients(build, shape.blocks)] : [first];
}

function joinGradients(build: CallPasses, blocks: number): Pass {
  const [sweep, shape] = eachParameter(build);
  const names = ['gamma', 'givenVariance', 'dgamma', 'dbeta', 'dmean', 'dvariance'];
  const form = build.form(sweep, shape, build.given ? names : ['dgamma', 'dbeta']);
  return build.pass(joinGradientsKernel(form, build.given), sweep, shape, {}, { blocks });
}

/** A lane for each parameter. */
function eachParameter(build: CallPasses): [SweepAxes, Shape] {
  const axis: Axis = { size: build.parameters, x: 1, parameter: 1, group: 0 };
  const none = { mode: 'same', step: 0, perUnit: true } as const;
  const sweep: SweepAxes = {
    ...sweepAxes([axis], () => true, { read: [] }),
    width: 1,
    units: [{ size: build.parameters, x: 1, parameter: 1, record: 0 }],
    owners: build.parameters,
    parameter: none,
    record: none,
  };
  return [sweep, { lanes: 1, units: 64, held: 0, blocks: 1, length: 1 }];
}
