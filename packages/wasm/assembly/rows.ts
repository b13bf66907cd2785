import { hardBackward, hardForward } from './hard-group';
import { addTo, at, madd, pinned, STEP, splat, VECTOR } from './lanes';
import {
  AGAIN,
  chooseShift,
  HARD,
  invStd,
  noShift,
  residue,
  settle,
  shift,
  writeStatistics,
} from './statistics';
import { addGradientSums, addSums, along, gradient, resetGradientSums, resetSums } from './sums';

/**
 * Rows whose parameters vary from element to element: row r, of `features` elements, takes the parameters from
 * (r * features) % count on. Layer and RMS Norm; Group and Instance Norm where few neighbours share a parameter.
 */

/** y = gamma * xhat + beta for rows begin to end. `outMean`, `outVariance`, `outInvStd` may be 0: not wanted. */
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
  const n = <f64>features;
  x += begin * bytes;
  y += begin * bytes;
  for (let r = begin; r < end; r++, x += bytes, y += bytes) {
    const first = (r * features) % count;
    if (settleRow<T>(x, features, n, centred, epsilon) == HARD) {
      hardForward<T>(x, y, 1, 0, features, gamma, beta, first, 1, count, centred, epsilon, false, 0, 0);
    } else {
      writeRow<T>(x, y, gamma + first * sizeof<T>(), beta + first * sizeof<T>(), bytes, scratch);
    }
    writeStatistics(outMean, outVariance, outInvStd, r);
  }
}

function settleRow<T>(x: usize, features: usize, n: f64, centred: bool, epsilon: f64): i32 {
  if (centred) chooseShift<T>(x, 1, 0, features);
  else noShift();
  resetSums();
  addSums<T>(x, features * sizeof<T>(), shift);
  const outcome = settle<T>(n, centred, epsilon, true, false);
  if (outcome != AGAIN) return outcome;
  resetSums();
  addSums<T>(x, features * sizeof<T>(), shift);
  return settle<T>(n, centred, epsilon, false, false);
}

function writeRow<T>(x: usize, y: usize, gamma: usize, beta: usize, bytes: usize, scratch: usize): void {
  const end = x + bytes;
  const stepsEnd = x + (bytes & ~(STEP - 1));
  const vectorsEnd = x + (bytes & ~(VECTOR - 1));
  const k = pinned<T>(scratch, shift);
  const factor = pinned<T>(scratch + 16, invStd);
  const rest = pinned<T>(scratch + 32, -residue * invStd);
  for (; x < stepsEnd; x += STEP, y += STEP, gamma += STEP, beta += STEP) {
    const a = madd<T>(v128.sub<T>(v128.load(x), k), factor, rest);
    const b = madd<T>(v128.sub<T>(v128.load(x, 16), k), factor, rest);
    const c = madd<T>(v128.sub<T>(v128.load(x, 32), k), factor, rest);
    const d = madd<T>(v128.sub<T>(v128.load(x, 48), k), factor, rest);
    v128.store(y, madd<T>(a, v128.load(gamma), v128.load(beta)));
    v128.store(y, madd<T>(b, v128.load(gamma, 16), v128.load(beta, 16)), 16);
    v128.store(y, madd<T>(c, v128.load(gamma, 32), v128.load(beta, 32)), 32);
    v128.store(y, madd<T>(d, v128.load(gamma, 48), v128.load(beta, 48)), 48);
  }
  for (; x < vectorsEnd; x += VECTOR, y += VECTOR, gamma += VECTOR, beta += VECTOR) {
    const a = madd<T>(v128.sub<T>(v128.load(x), k), factor, rest);
    v128.store(y, madd<T>(a, v128.load(gamma), v128.load(beta)));
  }
  for (; x < end; x += sizeof<T>(), y += sizeof<T>(), gamma += sizeof<T>(), beta += sizeof<T>()) {
    store<T>(y, <T>((at<T>(x) - shift - residue) * invStd * at<T>(gamma) + at<T>(beta)));
  }
}

/** After so many rows the sums of dgamma and dbeta, in T until then, join the float64 ones. */
const ROWS_PER_FLUSH: usize = 32;

/**
 * dx for rows begin to end; adds to dgamma and dbeta, float64, of `count` elements each.
 *
 * @param scratch room for 64 bytes and 2 * count elements.
 */
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
  let unflushed: usize = 0;
  for (let r = begin; r < end; r++, x += bytes, dy += bytes, dx += bytes) {
    const first = (r * features) % count;
    const offset = first * sizeof<T>();
    if (settleGradients<T>(x, dy, gamma + offset, features, n, centred, epsilon) == HARD) {
      hardBackward<T>(x, dy, dx, 1, 0, features, gamma, dgamma, dbeta, first, 1, count, centred, epsilon);
      continue;
    }
    writeGradients<T>(
      x,
      dy,
      dx,
      gamma + offset,
      sums + offset,
      sums + sumBytes + offset,
      bytes,
      n,
      centred,
      scratch,
    );
    unflushed++;
    if (unflushed == ROWS_PER_FLUSH) {
      flush<T>(sums, dgamma, count);
      flush<T>(sums + sumBytes, dbeta, count);
      unflushed = 0;
    }
  }
  flush<T>(sums, dgamma, count);
  flush<T>(sums + sumBytes, dbeta, count);
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
  if (centred) chooseShift<T>(x, 1, 0, features);
  else noShift();
  resetSums();
  resetGradientSums();
  addGradientSums<T>(x, dy, gamma, features * sizeof<T>(), shift);
  const outcome = settle<T>(n, centred, epsilon, true, true);
  if (outcome != AGAIN) return outcome;
  resetSums();
  resetGradientSums();
  addGradientSums<T>(x, dy, gamma, features * sizeof<T>(), shift);
  return settle<T>(n, centred, epsilon, false, true);
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
  scratch: usize,
): void {
  const end = x + bytes;
  const vectorsEnd = x + (bytes & ~(VECTOR - 1));
  const meanGradient = centred ? gradient / n : 0;
  const meanAlong = ((along - residue * gradient) * invStd) / n;
  const k = pinned<T>(scratch, shift);
  const factor = pinned<T>(scratch + 16, invStd);
  const rest = pinned<T>(scratch + 32, -residue * invStd);
  const level = pinned<T>(scratch + 48, meanGradient * invStd);
  const slope = pinned<T>(scratch + 64, meanAlong * invStd);
  for (
    ;
    x < vectorsEnd;
    x += VECTOR, dy += VECTOR, dx += VECTOR, gamma += VECTOR, dgamma += VECTOR, dbeta += VECTOR
  ) {
    const xhat = madd<T>(v128.sub<T>(v128.load(x), k), factor, rest);
    const d = v128.load(dy);
    v128.store(dgamma, madd<T>(d, xhat, v128.load(dgamma)));
    v128.store(dbeta, v128.add<T>(d, v128.load(dbeta)));
    const g = v128.sub<T>(v128.mul<T>(v128.mul<T>(d, v128.load(gamma)), factor), level);
    v128.store(dx, v128.sub<T>(g, v128.mul<T>(xhat, slope)));
  }
  for (; x < end; x += sizeof<T>(), dy += sizeof<T>(), dx += sizeof<T>()) {
    const xhat = (at<T>(x) - shift - residue) * invStd;
    const d = at<T>(dy);
    store<T>(dgamma, <T>(at<T>(dgamma) + d * xhat));
    store<T>(dbeta, <T>(at<T>(dbeta) + d));
    store<T>(dx, <T>((d * at<T>(gamma) - meanGradient - xhat * meanAlong) * invStd));
    gamma += sizeof<T>();
    dgamma += sizeof<T>();
    dbeta += sizeof<T>();
  }
}

/** Adds the sums in T to the float64 ones, and starts them anew. */
function flush<T>(sums: usize, wide: usize, count: usize): void {
  const lanes = VECTOR / sizeof<T>();
  let i: usize = 0;
  for (; i + lanes <= count; i += lanes) {
    addTo<T>(wide + (i << 3), v128.load(sums + i * sizeof<T>()));
    v128.store(sums + i * sizeof<T>(), splat<T>(0));
  }
  for (; i < count; i++) {
    store<f64>(wide + (i << 3), load<f64>(wide + (i << 3)) + at<T>(sums + i * sizeof<T>()));
    store<T>(sums + i * sizeof<T>(), 0);
  }
}
