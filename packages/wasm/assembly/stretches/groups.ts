import { Launch } from '../launch';
import { setPivot, settle } from '../statistics';
import {
  dotGX,
  dotGXError,
  setGradientErrors,
  setGradientSums,
  setSumErrors,
  setSums,
  squares,
  squaresError,
  sum,
  sumError,
  sumG,
  sumGError,
} from '../sums';

/**
 * What the stretches' kernels note in scratch: of each group that is computed at once its sums, which give
 * way to what is written with; backward, also the gradient sums of each of its parameters.
 */

/** While a group is summed. */
@unmanaged
export class GroupSums {
  pivot: f64;
  sum: f64;
  squares: f64;
}

/** Of float64 elements, with the compensations. */
@unmanaged
class CompensatedGroupSums extends GroupSums {
  sumError: f64;
  squaresError: f64;
}

/** Once it is settled, in the same place. */
@unmanaged
export class SettledGroup {
  pivot: f64;
  /** NaN where the slow path has written the group already. */
  invStd: f64;
  /** Forward: the correction to the pivot. Backward: what dx takes of x - pivot. */
  correctionOrSlope: f64;
  /** Backward: what dx takes of 1. */
  intercept: f64;
}

@unmanaged
export class GradientSums {
  sumDy: f64;
  dotDyX: f64;
}

@unmanaged
class CompensatedGradientSums extends GradientSums {
  sumDyError: f64;
  dotDyXError: f64;
}

// @ts-expect-error: decorator
@inline
export function groupBytes<T>(): usize {
  return sizeof<T>() == 8 ? offsetof<CompensatedGroupSums>() : offsetof<SettledGroup>();
}

// @ts-expect-error: decorator
@inline
export function gradientBytes<T>(): usize {
  return sizeof<T>() == 8 ? offsetof<CompensatedGradientSums>() : offsetof<GradientSums>();
}

// @ts-expect-error: decorator
@inline
export function loadSums<T>(group: GroupSums): void {
  setSums(group.sum, group.squares);
  if (sizeof<T>() == 8) {
    const wide = changetype<CompensatedGroupSums>(group);
    setSumErrors(wide.sumError, wide.squaresError);
  }
}

// @ts-expect-error: decorator
@inline
export function storeSums<T>(group: GroupSums): void {
  group.sum = sum;
  group.squares = squares;
  if (sizeof<T>() == 8) {
    const wide = changetype<CompensatedGroupSums>(group);
    wide.sumError = sumError;
    wide.squaresError = squaresError;
  }
}

// @ts-expect-error: decorator
@inline
export function loadGradientSums<T>(sums: GradientSums): void {
  setGradientSums(sums.sumDy, sums.dotDyX);
  if (sizeof<T>() == 8) {
    const wide = changetype<CompensatedGradientSums>(sums);
    setGradientErrors(wide.sumDyError, wide.dotDyXError);
  }
}

// @ts-expect-error: decorator
@inline
export function storeGradientSums<T>(sums: GradientSums): void {
  sums.sumDy = sumG;
  sums.dotDyX = dotGX;
  if (sizeof<T>() == 8) {
    const wide = changetype<CompensatedGradientSums>(sums);
    wide.sumDyError = sumGError;
    wide.dotDyXError = dotGXError;
  }
}

/**
 * Statistics from a group's sums. To sum again would read all of its stretches: far from its pivot it takes
 * the slow path.
 */
export function settleGroup<T>(launch: Launch, group: GroupSums): i32 {
  setPivot(group.pivot);
  loadSums<T>(group);
  return settle<T>(launch, true);
}

/**
 * Whether a group's stretches lie apart, as those of a channel of Batch Norm do. Such groups are all summed
 * and then all written, in the order of memory: [32, 64, 56, 56] takes 2.0 ms with given statistics and 2.7
 * with the batch's own, for 3.2 and 4.2 group by group, though x is then read from memory twice. Groups that
 * lie one behind another are computed one by one.
 */
// @ts-expect-error: decorator
@inline
export function liesApart(launch: Launch): bool {
  return launch.runs > 1 && launch.runStride != launch.length;
}

/** Which parameter stretch j of group g takes; a group has one parameter, or one for each stretch. */
// @ts-expect-error: decorator
@inline
export function parameterOf(launch: Launch, g: usize, j: usize, parametersPerGroup: usize): usize {
  return (g * parametersPerGroup + (parametersPerGroup == 1 ? 0 : j)) % launch.count;
}
