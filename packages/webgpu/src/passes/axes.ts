import { type CallPlan, sizeOf } from '@normlayers/core/adapter';

/** An axis of x, in the order of memory. */
export interface Axis {
  readonly size: number;
  /** How many elements neighbours along the axis are apart in x. */
  readonly x: number;
  /** How many parameters (gammas) they are apart; 0: they share one. */
  readonly parameter: number;
  /** How many groups they are apart; 0: they are of one group. */
  readonly group: number;
}

/**
 * x's axes with what each means to a parameter and to a group, as few as say it: axes of size 1 are gone, and
 * neighbours that every stride lets join are joined. So a Layer Norm over the last axes has two, a Batch Norm
 * of images three.
 */
export function axesOf({ axes, channelAxis, groups }: CallPlan, shape: readonly number[]): Axis[] {
  const layers = channelAxis === null;
  const sizeAfter = (list: readonly number[], at: number) => sizeOf(list.slice(at + 1).map((a) => shape[a]!));
  const all: Omit<Axis, 'group'>[] = [];
  const kept: boolean[] = [];
  for (const [axis, size] of shape.entries()) {
    const x = sizeOf(shape.slice(axis + 1));
    const shared = axes.includes(axis);
    if (axis === channelAxis && groups !== null && groups !== size) {
      const members = groups === 0 ? 0 : size / groups;
      all.push({ size: groups, x: x * members, parameter: members }, { size: members, x, parameter: 1 });
      kept.push(true, false);
      continue;
    }
    const parameter = layers
      ? shared
        ? sizeAfter(axes, axes.indexOf(axis))
        : 0
      : axis === channelAxis
        ? 1
        : 0;
    all.push({ size, x, parameter });
    kept.push(!shared);
  }
  const grouped = all.map((axis, i) => ({
    ...axis,
    group: kept[i] ? sizeOf(all.filter((_, k) => k > i && kept[k]).map(({ size }) => size)) : 0,
  }));
  return joined(
    grouped.filter(({ size }) => size !== 1),
    (axis) => axis.group > 0,
  );
}

function joined(axes: readonly Axis[], isKept: (axis: Axis) => boolean): Axis[] {
  const result: Axis[] = [];
  for (const axis of axes) {
    const last = result.at(-1);
    if (
      last !== undefined &&
      isKept(last) === isKept(axis) &&
      last.parameter === axis.parameter * axis.size &&
      last.group === axis.group * axis.size
    ) {
      result[result.length - 1] = { ...axis, size: last.size * axis.size };
    } else result.push(axis);
  }
  return result;
}
