import { Plain, STEP, Shifted, at, madd, pinned, taken } from '../lanes';
import { hardForward } from '../slow-path';
import { AGAIN, HARD, chooseShift, invStd, residue, settle, shift, writeStatistics } from '../statistics';
import { addSums, resetSums } from '../sums';

/**
 * Rows whose parameters vary from element to element: row r, of `features` elements, takes the parameters from
 * (r * features) % count on. Layer and RMS Norm; Group and Instance Norm where few neighbours share a parameter.
 */

/** y = gamma * xhat + beta for rows begin to end. `outMean`, `outVariance`, `outInvStd` may be 0: not wanted. */
// @ts-expect-error: decorator
@inline
export function rowsForward<T>(
  x: usize,
  y: usize,
  gamma: usize,
  beta: usize,
  outMean: usize,
  outVariance: usize,
  outInvStd: usize,
  begin: usize,
  end: usize,
  features: usize,
  count: usize,
  centred: bool,
  epsilon: f64,
  scratch: usize,
): void {
  const bytes = features * sizeof<T>();
  x += begin * bytes;
  y += begin * bytes;
  for (let r = begin; r < end; r++, x += bytes, y += bytes) {
    const first = (r * features) % count;
    if (settleRow<T>(x, features, centred, epsilon) == HARD) {
      hardForward<T>(x, y, 1, 0, features, gamma, beta, first, 1, count, centred, epsilon, false);
    } else {
      writeRow<T>(x, y, gamma + first * sizeof<T>(), beta + first * sizeof<T>(), bytes, scratch);
    }
    writeStatistics(outMean, outVariance, outInvStd, r);
  }
}

function settleRow<T>(x: usize, features: usize, centred: bool, epsilon: f64): i32 {
  chooseShift<T>(x, 1, 0, features, centred);
  let first = true;
  let outcome: i32;
  do {
    resetSums<T>();
    addSums<T>(x, features * sizeof<T>(), shift);
    outcome = settle<T>(<f64>features, centred, epsilon, first);
    first = false;
  } while (outcome == AGAIN);
  return outcome;
}

function writeRow<T>(x: usize, y: usize, gamma: usize, beta: usize, bytes: usize, scratch: usize): void {
  const stepsEnd = bytes & ~(STEP - 1);
  if (shift == 0) writeRowLanes<T, Plain>(x, y, gamma, beta, stepsEnd, scratch);
  else writeRowLanes<T, Shifted>(x, y, gamma, beta, stepsEnd, scratch);
  for (let i = stepsEnd; i < bytes; i += sizeof<T>()) {
    store<T>(y + i, <T>((at<T>(x + i) - shift - residue) * invStd * at<T>(gamma + i) + at<T>(beta + i)));
  }
}

// @ts-expect-error: decorator
@inline
function writeRowLanes<T, S>(
  x: usize,
  y: usize,
  gamma: usize,
  beta: usize,
  bytes: usize,
  scratch: usize,
): void {
  const k = pinned<T>(scratch, shift);
  const factor = pinned<T>(scratch + 16, invStd);
  const rest = pinned<T>(scratch + 32, -residue * invStd);
  for (let i: usize = 0; i < bytes; i += STEP) {
    const xx = x + i;
    const gg = gamma + i;
    const bb = beta + i;
    const a = madd<T>(taken<T, S>(v128.load(xx), k), factor, rest);
    const b = madd<T>(taken<T, S>(v128.load(xx, 16), k), factor, rest);
    const c = madd<T>(taken<T, S>(v128.load(xx, 32), k), factor, rest);
    const d = madd<T>(taken<T, S>(v128.load(xx, 48), k), factor, rest);
    const yy = y + i;
    v128.store(yy, madd<T>(a, v128.load(gg), v128.load(bb)));
    v128.store(yy, madd<T>(b, v128.load(gg, 16), v128.load(bb, 16)), 16);
    v128.store(yy, madd<T>(c, v128.load(gg, 32), v128.load(bb, 32)), 32);
    v128.store(yy, madd<T>(d, v128.load(gg, 48), v128.load(bb, 48)), 48);
  }
}
