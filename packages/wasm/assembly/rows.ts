import { hardBackward, hardForward } from './hard-group';
import { at, madd, pinned, Plain, Shifted, STEP, taken, VECTOR } from './lanes';
import {
  AGAIN,
  chooseShift,
  HARD,
  invStd,
  residue,
  settle,
  sharpenMean,
  shift,
  writeStatistics,
} from './statistics';
import { addGradientSums, addSums, along, alongRest, gradient, gradientRest, resetSums, setGradientRests, setGradientSums, whole } from './sums';

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

/** After so many rows the sums of dgamma and dbeta, in T until then, join the float64 ones. */
const ROWS_PER_FLUSH: usize = 32;

/** In dgamma of so few rows an x-hat next to 0 has nothing large beside it, and must be exact itself. */
const FEW_ROWS: usize = 16;

/**
 * dx for rows begin to end; adds to dgamma and dbeta, float64, of `count` elements each.
 *
 * @param scratch room for 64 bytes and 2 * count elements.
 */
// @ts-expect-error: decorator
@inline
export function rowsBackward<T>(
  x: usize,
  dy: usize,
  dx: usize,
  gamma: usize,
  dgamma: usize,
  dbeta: usize,
  begin: usize,
  end: usize,
  features: usize,
  count: usize,
  centred: bool,
  epsilon: f64,
  scratch: usize,
): void {
  const bytes = features * sizeof<T>();
  const n = <f64>features;
  const sums = scratch + 128;
  const sumBytes = count * sizeof<T>();
  memory.fill(sums, 0, 2 * sumBytes);
  x += begin * bytes;
  dy += begin * bytes;
  dx += begin * bytes;
  const few = centred && end - begin < FEW_ROWS;
  let unflushed: usize = 0;
  for (let r = begin; r < end; r++, x += bytes, dy += bytes, dx += bytes) {
    const first = (r * features) % count;
    const offset = first * sizeof<T>();
    if (settleGradients<T>(x, dy, gamma + offset, features, n, centred, epsilon) == HARD) {
      hardBackward<T>(x, dy, dx, 1, 0, features, gamma, dgamma, dbeta, first, 1, count, centred, epsilon);
    } else {
      const dg = sums + offset;
      writeGradients<T>(x, dy, dx, gamma + offset, dg, dg + sumBytes, bytes, n, centred, few, scratch);
    }
    if (++unflushed == ROWS_PER_FLUSH || r + 1 == end) {
      flush<T>(sums, dgamma, count);
      flush<T>(sums + sumBytes, dbeta, count);
      unflushed = 0;
    }
  }
}

function settleGradients<T>(
  x: usize,
  dy: usize,
  gamma: usize,
  features: usize,
  n: f64,
  centred: bool,
  epsilon: f64,
): i32 {
  chooseShift<T>(x, 1, 0, features, centred);
  let first = true;
  let outcome: i32;
  do {
    resetSums<T>();
    setGradientSums(0, 0);
    if (sizeof<T>() == 8) setGradientRests(0, 0);
    addGradientSums<T>(x, dy, gamma, features * sizeof<T>(), shift);
    if (sizeof<T>() == 8) setGradientSums(whole(gradient, gradientRest), whole(along, alongRest));
    outcome = settle<T>(n, centred, epsilon, first);
    first = false;
  } while (outcome == AGAIN);
  return outcome;
}

/** dx = invStd * (g - mean(g) - xhat * mean(g * xhat)), g = dy * gamma; and dgamma += dy * xhat, dbeta += dy. */
function writeGradients<T>(
  x: usize,
  dy: usize,
  dx: usize,
  gamma: usize,
  dgamma: usize,
  dbeta: usize,
  bytes: usize,
  n: f64,
  centred: bool,
  few: bool,
  scratch: usize,
): void {
  const lanes = bytes & ~(2 * VECTOR - 1);
  const level = centred ? (gradient / n) * invStd : 0;
  const slope = ((along - residue * gradient) * invStd * invStd) / n;
  if (few) sharpenMean<T>(x, bytes, n);
  writeGradientLanes<T>(x, dy, dx, gamma, dgamma, dbeta, lanes, level, slope, scratch);
  for (let i = lanes; i < bytes; i += sizeof<T>()) {
    const xhat = (at<T>(x + i) - shift - residue) * invStd;
    const d = at<T>(dy + i);
    store<T>(dgamma + i, <T>(at<T>(dgamma + i) + d * xhat));
    store<T>(dbeta + i, <T>(at<T>(dbeta + i) + d));
    store<T>(dx + i, <T>(d * at<T>(gamma + i) * invStd - level - xhat * slope));
  }
}

/**
 * Two vectors at a time, which share the arithmetic on addresses: with it and no loop of its own for shift 0, [4096, 768]
 * takes 2.89 ms instead of 2.94, in fewer bytes (four at a time 2.75, in more than there is room for).
 */
// @ts-expect-error: decorator
@inline
function writeGradientLanes<T>(
  x: usize,
  dy: usize,
  dx: usize,
  gamma: usize,
  dgamma: usize,
  dbeta: usize,
  bytes: usize,
  level: f64,
  slope: f64,
  scratch: usize,
): void {
  const k = pinned<T>(scratch, shift);
  const factor = pinned<T>(scratch + 16, invStd);
  const rest = pinned<T>(scratch + 32, residue);
  const l = pinned<T>(scratch + 48, level);
  const s = pinned<T>(scratch + 64, slope);
  for (let i: usize = 0; i < bytes; i += 2 * VECTOR) {
    const xx = x + i;
    const yy = dy + i;
    const gg = gamma + i;
    const gs = dgamma + i;
    const bs = dbeta + i;
    const out = dx + i;
    const a = v128.mul<T>(v128.sub<T>(v128.sub<T>(v128.load(xx), k), rest), factor);
    const c = v128.load(yy);
    v128.store(gs, madd<T>(c, a, v128.load(gs)));
    v128.store(bs, v128.add<T>(c, v128.load(bs)));
    const g = v128.sub<T>(v128.mul<T>(v128.mul<T>(c, v128.load(gg)), factor), l);
    v128.store(out, v128.sub<T>(g, v128.mul<T>(a, s)));
    const b = v128.mul<T>(v128.sub<T>(v128.sub<T>(v128.load(xx, 16), k), rest), factor);
    const d = v128.load(yy, 16);
    v128.store(gs, madd<T>(d, b, v128.load(gs, 16)), 16);
    v128.store(bs, v128.add<T>(d, v128.load(bs, 16)), 16);
    const h = v128.sub<T>(v128.mul<T>(v128.mul<T>(d, v128.load(gg, 16)), factor), l);
    v128.store(out, v128.sub<T>(h, v128.mul<T>(b, s)), 16);
  }
}

/** Adds the sums in T to the float64 ones, and starts them anew. */
function flush<T>(sums: usize, wide: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++) {
    store<f64>(wide + (i << 3), load<f64>(wide + (i << 3)) + at<T>(sums + i * sizeof<T>()));
    store<T>(sums + i * sizeof<T>(), 0);
  }
}
