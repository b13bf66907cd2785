import {
  Ahead,
  Alone,
  element,
  keepSeen,
  madd,
  minusPivot,
  pinned,
  Pivoted,
  Plain,
  readAhead,
  splat,
  STEP,
} from '../lanes';
import { Launch } from '../launch';
import { slowForward } from '../slow-path';
import {
  choosePivot,
  correction,
  invStd,
  pivot,
  settle,
  SLOW,
  SUM_AGAIN,
  writeStatistics,
} from '../statistics';
import { addSums, resetSums } from '../sums';

/**
 * y = gamma * xhat + beta for rows whose parameters vary from element to element: Layer and RMS Norm;
 * Instance and Group Norm where few neighbours share a parameter. Row r takes the parameters from (r *
 * length) % count on. Needs no scratch.
 */
// @ts-expect-error: decorator
@inline
export function rowsForward<T>(launch: Launch): void {
  const length = launch.length;
  const count = launch.count;
  const bytes = length * sizeof<T>();
  const end = launch.end;
  let offset = launch.begin * bytes;
  for (let r = launch.begin; r < end; r++, offset += bytes) {
    const x = launch.x + offset;
    if (settleRow<T>(launch, x) == SLOW) {
      slowForward<T>(launch, r);
    } else {
      const first = ((r * length) % count) * sizeof<T>();
      const ahead = sizeof<T>() == 4 && launch.readAhead != 0 && r + 1 < end;
      writeRow<T>(launch, x, launch.out + offset, launch.gamma + first, launch.beta + first, bytes, ahead);
    }
    writeStatistics(launch, r);
  }
}

function settleRow<T>(launch: Launch, x: usize): i32 {
  choosePivot<T>(launch, x);
  let first = true;
  let outcome: i32;
  do {
    resetSums<T>();
    addSums<T>(x, launch.length * sizeof<T>(), pivot);
    outcome = settle<T>(launch, first);
    first = false;
  } while (outcome == SUM_AGAIN);
  return outcome;
}

function writeRow<T>(
  launch: Launch,
  x: usize,
  y: usize,
  gamma: usize,
  beta: usize,
  bytes: usize,
  ahead: bool,
): void {
  const stepsEnd = bytes & ~(STEP - 1);
  if (sizeof<T>() == 4 && ahead) {
    if (pivot == 0) writeRowLanes<T, Plain, Ahead>(launch, x, y, gamma, beta, stepsEnd, bytes);
    else writeRowLanes<T, Pivoted, Ahead>(launch, x, y, gamma, beta, stepsEnd, bytes);
  } else {
    if (pivot == 0) writeRowLanes<T, Plain, Alone>(launch, x, y, gamma, beta, stepsEnd, bytes);
    else writeRowLanes<T, Pivoted, Alone>(launch, x, y, gamma, beta, stepsEnd, bytes);
  }
  for (let i = stepsEnd; i < bytes; i += sizeof<T>()) {
    const xhat = (element<T>(x + i) - pivot - correction) * invStd;
    store<T>(y + i, <T>(xhat * element<T>(gamma + i) + element<T>(beta + i)));
  }
}

// @ts-expect-error: decorator
@inline
function writeRowLanes<T, P, A>(
  launch: Launch,
  x: usize,
  y: usize,
  gamma: usize,
  beta: usize,
  bytes: usize,
  rowBytes: usize,
): void {
  const k = pinned<T>(launch, 0, pivot);
  const factor = pinned<T>(launch, 1, invStd);
  const bias = pinned<T>(launch, 2, -correction * invStd);
  let seen = splat<T>(0);
  for (let i: usize = 0; i < bytes; i += STEP) {
    const px = x + i;
    seen = readAhead<A>(seen, px + rowBytes);
    const pgamma = gamma + i;
    const pbeta = beta + i;
    const a = madd<T>(minusPivot<T, P>(v128.load(px), k), factor, bias);
    const b = madd<T>(minusPivot<T, P>(v128.load(px, 16), k), factor, bias);
    const c = madd<T>(minusPivot<T, P>(v128.load(px, 32), k), factor, bias);
    const d = madd<T>(minusPivot<T, P>(v128.load(px, 48), k), factor, bias);
    const py = y + i;
    v128.store(py, madd<T>(a, v128.load(pgamma), v128.load(pbeta)));
    v128.store(py, madd<T>(b, v128.load(pgamma, 16), v128.load(pbeta, 16)), 16);
    v128.store(py, madd<T>(c, v128.load(pgamma, 32), v128.load(pbeta, 32)), 32);
    v128.store(py, madd<T>(d, v128.load(pgamma, 48), v128.load(pbeta, 48)), 48);
  }
  keepSeen<A>(launch, seen);
}
