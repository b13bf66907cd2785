import type { Alignment } from '../shaders/program/form';
import { AXIS_WORDS } from '../shaders/program/uniforms';
import type { Axis } from './axes';

/** How a kernel goes over x: which axes number its units, which its units' slots, and how wide a slot is. */
export interface SweepAxes {
  readonly width: 1 | 4;
  readonly columns: boolean;
  readonly units: readonly AxisStrides[];
  readonly slots: readonly AxisStrides[];
  /** How many units there are, and slots a unit has. */
  readonly owners: number;
  readonly count: number;
  readonly evenSlots: boolean;
  readonly parameter: Alignment & { readonly step: number };
  readonly record: Alignment & { readonly step: number };
}

/** An axis in slots: its size and strides in what the kernel's buffers are arrays of. */
interface AxisStrides {
  readonly size: number;
  readonly x: number;
  readonly parameter: number;
  readonly record: number;
}

/**
 * Divides x's axes among units and slots.
 *
 * @param isUnit whether an axis tells units apart: for statistics those that tell groups apart, for the
 *   parameters' gradients those that tell parameters apart.
 * @param use of what is smaller than x: `read`, where the kernel reads parameters or records by the slot; where it does not,
 *   their strides are 0, so that more axes join and fewer programs are compiled. `parametersInOrder`, whether a slot's four
 *   parameters must be neighbours, since they are written.
 */
export function sweepAxes(
  all: readonly Axis[],
  isUnit: (axis: Axis) => boolean,
  use: { readonly read: readonly ('parameter' | 'group')[]; readonly parametersInOrder?: boolean },
): SweepAxes {
  const { read, parametersInOrder = false } = use;
  const units = all.map(isUnit);
  const axes = all.map((axis) => ({
    ...axis,
    parameter: read.includes('parameter') ? axis.parameter : 0,
    group: read.includes('group') ? axis.group : 0,
  }));
  const last = axes.at(-1);
  const unitsAt = (axis: Axis) => units[axes.indexOf(axis)] === true;
  const columns = units.at(-1) === true;
  const parameterOf = alignment(axes, 'parameter', (axis) => !unitsAt(axis));
  const recordOf = alignment(axes, 'group', (axis) => !unitsAt(axis));
  const aligned = last !== undefined && last.size % 4 === 0;
  const width = aligned && !(parametersInOrder && columns && parameterOf(4).mode !== 'vector') ? 4 : 1;
  const parameter = parameterOf(width);
  const record = recordOf(width);
  const strides = (axis: Axis): AxisStrides => ({
    size: axis === last ? axis.size / width : axis.size,
    x: axis === last ? axis.x : axis.x / width,
    parameter: strideIn(parameter.mode, axis === last, axis.parameter, width),
    record: strideIn(record.mode, axis === last, axis.group, width),
  });
  const unitAxes = joinedAxes(axes.filter(unitsAt).map(strides));
  const slots = joinedAxes(axes.filter((axis) => !unitsAt(axis)).map(strides));
  const product = (list: readonly AxisStrides[]) => list.reduce((all, { size }) => all * size, 1);
  return {
    width,
    columns,
    units: unitAxes,
    slots,
    owners: product(unitAxes),
    count: product(slots),
    evenSlots: slots.every(({ x }, i) => {
      const next = slots[i + 1];
      return next === undefined || x === next.x * next.size;
    }),
    parameter,
    record,
  };
}

function alignment(axes: readonly Axis[], which: 'parameter' | 'group', isSlot: (axis: Axis) => boolean) {
  return (width: 1 | 4): Alignment & { step: number } => {
    const last = axes.at(-1);
    const step = last?.[which] ?? 0;
    const others = axes.slice(0, -1).every((axis) => axis[which] % 4 === 0);
    const mode =
      width === 1 || step === 0 ? 'same' : which === 'parameter' && step === 1 && others ? 'vector' : 'apart';
    return { mode, step, perUnit: axes.every((axis) => !isSlot(axis) || axis[which] === 0) };
  };
}

/** The stride in an array of numbers, or of slots where `vector`; along the last axis a step is a slot. */
function strideIn(mode: Alignment['mode'], last: boolean, stride: number, width: 1 | 4): number {
  if (mode === 'vector') return last ? stride : stride / 4;
  return last ? stride * width : stride;
}

/** Neighbours are joined where all strides let them; those that were kept apart for another sweep's sake mostly do. */
function joinedAxes(axes: readonly AxisStrides[]): AxisStrides[] {
  const result: AxisStrides[] = [];
  for (const axis of axes) {
    const last = result.at(-1);
    const fits = (['x', 'parameter', 'record'] as const).every(
      (which) => last?.[which] === axis[which] * axis.size,
    );
    if (last !== undefined && fits) result[result.length - 1] = { ...axis, size: last.size * axis.size };
    else result.push(axis);
  }
  return result.length === 0 ? [{ size: 1, x: 0, parameter: 0, record: 0 }] : result;
}

/** The axes as the shaders' uniform has them. */
export function axisWords({ size, x, parameter, record }: AxisStrides): Uint32Array {
  const words = new Uint32Array(AXIS_WORDS);
  words.set([size, 0, x, parameter, record]);
  new Float32Array(words.buffer)[1] = 1 / size;
  return words;
}
