import { element } from '../lanes';
import { Launch } from '../launch';
import { slowBackward } from '../slow-path';
import { choosePivot, pivot, settle, SLOW, SUM_AGAIN } from '../statistics';
import {
  addGradientSums,
  compensated,
  dotGX,
  dotGXError,
  resetGradientSums,
  resetSums,
  setGradientSums,
  sumG,
  sumGError,
} from '../sums';
import { writeGradients } from './gradient-writes';

/** After so many rows the sums of dgamma and dbeta, in T until then, join the float64 ones. */
const ROWS_PER_FLUSH: usize = 32;

/** Of fewer rows an x-hat near 0 has nothing large beside it in dgamma, and must itself be exact. */
const FEW_ROWS: usize = 16;

/** dx for rows as `rowsForward` takes them; adds to dgamma and dbeta. Scratch: 2 * count elements. */
// @ts-expect-error: decorator
@inline
export function rowsBackward<T>(launch: Launch): void {
  const length = launch.length;
  const count = launch.count;
  const bytes = length * sizeof<T>();
  const begin = launch.begin;
  const end = launch.end;
  const sums = launch.scratch;
  const sumBytes = count * sizeof<T>();
  memory.fill(sums, 0, 2 * sumBytes);
  const few = launch.centred != 0 && end - begin < FEW_ROWS;
  let unflushed: usize = 0;
  let offset = begin * bytes;
  for (let r = begin; r < end; r++, offset += bytes) {
    const x = launch.x + offset;
    const dy = launch.dy + offset;
    const first = ((r * length) % count) * sizeof<T>();
    const gamma = launch.gamma + first;
    if (settleGradients<T>(launch, x, dy, gamma) == SLOW) {
      slowBackward<T>(launch, r);
    } else {
      const dgamma = sums + first;
      const dbeta = dgamma + sumBytes;
      const ahead = sizeof<T>() == 4 && launch.readAhead != 0 && r + 1 < end;
      writeGradients<T>(launch, x, dy, launch.out + offset, gamma, dgamma, dbeta, bytes, few, ahead);
    }
    if (++unflushed == ROWS_PER_FLUSH || r + 1 == end) {
      flush<T>(sums, launch.dgamma, count);
      flush<T>(sums + sumBytes, launch.dbeta, count);
      unflushed = 0;
    }
  }
}

function settleGradients<T>(launch: Launch, x: usize, dy: usize, gamma: usize): i32 {
  choosePivot<T>(launch, x);
  let first = true;
  let outcome: i32;
  do {
    resetSums<T>();
    resetGradientSums<T>();
    addGradientSums<T>(x, dy, gamma, launch.length * sizeof<T>(), pivot);
    if (sizeof<T>() == 8) setGradientSums(compensated(sumG, sumGError), compensated(dotGX, dotGXError));
    outcome = settle<T>(launch, first);
    first = false;
  } while (outcome == SUM_AGAIN);
  return outcome;
}

/** Adds the sums in T to the float64 ones, and clears them. */
function flush<T>(sums: usize, wide: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++) {
    store<f64>(wide + (i << 3), load<f64>(wide + (i << 3)) + element<T>(sums + i * sizeof<T>()));
    store<T>(sums + i * sizeof<T>(), 0);
  }
}
