import { hardBackward, hardForward } from './hard-group';
import { at, madd, pinned, Plain, Shifted, STEP, taken, VECTOR } from './lanes';
import {
  AGAIN,
  chooseShift,
  fix,
  HARD,
  invStd,
  mean,
  residue,
  SETTLED,
  setShift,
  settle,
  shift,
  usable,
  writeStatistics,
} from './statistics';
import { addGradientSums, addSums, along, gradient, resetGradientSums, resetSums, setSums, squares, sum } from './sums';

/**
 * Groups made of stretches of neighbours that share one parameter. Group g starts at element g * groupStride and has `runs`
 * stretches of `length` elements, `runStride` apart; stretch j of it takes parameter
 * (g * paramPerGroup + j * paramStep) % paramCount.
 *
 * Batch Norm, channels-first: a group is a channel, groupStride = length = inner, runs = outer, one parameter each.
 * Instance and Group Norm: a group is a row, its stretches follow one another, each channel's with its own parameter.
 */

/**
 * y = gamma * xhat + beta for groups begin to end, with the statistics in `fixedMean` and `fixedInvStd` (float64) where
 * these are not 0, else with the groups' own, which are written where wanted.
 *
 * @param scratch room for 128 bytes, and 24 for each group where paramStep is 0.
 */
// @ts-expect-error: decorator
@inline
export function stretchesForward<T>(
  x: usize,
  y: usize,
  gamma: usize,
  beta: usize,
  fixedMean: usize,
  fixedInvStd: usize,
  outMean: usize,
  outVariance: usize,
  outInvStd: usize,
  begin: usize,
  end: usize,
  groupStride: usize,
  runs: usize,
  runStride: usize,
  length: usize,
  paramPerGroup: usize,
  paramStep: usize,
  paramCount: usize,
  centred: bool,
  epsilon: f64,
  scratch: usize,
): void {
  const bytes = length * sizeof<T>();
  const n = <f64>(runs * length);
  const fixed = fixedMean != 0;
  // Batch Norm's stretches of one channel lie far apart. In the order of memory, all channels' one after another, [32, 64, 56,
  // 56] takes 2.0 ms with given statistics instead of 3.2, and 2.5 with the batch's own instead of 4.2, though x is then read
  // from memory twice.
  const inOrder = paramStep == 0;
  const inner = inOrder ? runs * length : length;
  const table = scratch + 128;
  if (inOrder && !fixed) sumInOrder<T>(x, begin, end, groupStride, runs, runStride, length, table);
  for (let g = begin; g < end; g++) {
    const start = g * groupStride * sizeof<T>();
    const first = g * paramPerGroup;
    const kept = table + (g - begin) * 24;
    let outcome: i32 = SETTLED;
    if (fixed) {
      fix(load<f64>(fixedMean + (g << 3)), load<f64>(fixedInvStd + (g << 3)));
    } else if (inOrder) {
      setShift(load<f64>(kept));
      setSums(load<f64>(kept, 8), load<f64>(kept, 16));
      outcome = settle<T>(n, true, epsilon, true);
    } else {
      outcome = settleGroup<T>(x + start, runs, runStride, length, centred, epsilon);
    }
    for (let j: usize = 0; j < runs && outcome == SETTLED; j += inOrder ? runs : 1) {
      if (!usable(invStd * at<T>(gamma + ((first + j * paramStep) % paramCount) * sizeof<T>()))) outcome = HARD;
    }
    if (outcome != SETTLED) {
      hardForward<T>(
        x + start,
        y + start,
        runs,
        runStride,
        length,
        gamma,
        beta,
        first * inner,
        inner,
        paramCount,
        centred,
        epsilon,
        fixed,
        mean,
        invStd,
      );
      if (inOrder) store<f64>(kept, NaN, 8);
    } else {
      // The other way round: what was summed last is still in the cache.
      for (let j = runs; j-- > 0; ) {
        const p = ((first + j * paramStep) % paramCount) * sizeof<T>();
        const factor = invStd * at<T>(gamma + p);
        const rest = at<T>(beta + p) - residue * factor;
        if (inOrder) {
          store<f64>(kept, shift);
          store<f64>(kept, factor, 8);
          store<f64>(kept, rest, 16);
          break;
        }
        const at0 = start + j * runStride * sizeof<T>();
        writeStretch<T>(x + at0, y + at0, bytes, shift, factor, rest, scratch);
      }
    }
    writeStatistics(outMean, outVariance, outInvStd, g);
  }
  if (!inOrder) return;
  for (let j: usize = 0; j < runs; j++) {
    for (let g = begin; g < end; g++) {
      const kept = table + (g - begin) * 24;
      const factor = load<f64>(kept, 8);
      const at0 = (j * runStride + g * groupStride) * sizeof<T>();
      if (factor == factor) writeStretch<T>(x + at0, y + at0, bytes, load<f64>(kept), factor, load<f64>(kept, 16), scratch);
    }
  }
}

/** For each group in `table`, of 24 bytes for each: a shift, the sum of what it leaves, and that of its squares. */
function sumInOrder<T>(
  x: usize,
  begin: usize,
  end: usize,
  groupStride: usize,
  runs: usize,
  runStride: usize,
  length: usize,
  table: usize,
): void {
  for (let j: usize = 0; j < runs; j++) {
    for (let g = begin; g < end; g++) {
      const kept = table + (g - begin) * 24;
      const start = x + g * groupStride * sizeof<T>();
      if (j == 0) {
        store<f64>(kept, chooseShift<T>(start, runs, runStride, length, true));
        resetSums();
      } else {
        setSums(load<f64>(kept, 8), load<f64>(kept, 16));
      }
      addSums<T>(start + j * runStride * sizeof<T>(), length * sizeof<T>(), load<f64>(kept));
      store<f64>(kept, sum, 8);
      store<f64>(kept, squares, 16);
    }
  }
}

export function settleGroup<T>(
  x: usize,
  runs: usize,
  runStride: usize,
  length: usize,
  centred: bool,
  epsilon: f64,
): i32 {
  chooseShift<T>(x, runs, runStride, length, centred);
  const n = <f64>(runs * length);
  let first = true;
  let outcome: i32;
  do {
    addGroupSums<T>(x, runs, runStride, length);
    outcome = settle<T>(n, centred, epsilon, first);
    first = false;
  } while (outcome == AGAIN);
  return outcome;
}

function addGroupSums<T>(x: usize, runs: usize, runStride: usize, length: usize): void {
  resetSums();
  for (let j: usize = 0; j < runs; j++) {
    addSums<T>(x + j * runStride * sizeof<T>(), length * sizeof<T>(), shift);
  }
}

/** y = (x - k) * factor + rest. */
export function writeStretch<T>(
  x: usize,
  y: usize,
  bytes: usize,
  k: f64,
  factor: f64,
  rest: f64,
  scratch: usize,
): void {
  const lanes = bytes & ~(STEP - 1);
  writeLanes<T, Shifted>(x, y, lanes, k, factor, rest, scratch);
  for (let i = lanes; i < bytes; i += sizeof<T>()) {
    store<T>(y + i, <T>((at<T>(x + i) - k) * factor + rest));
  }
}

// @ts-expect-error: decorator
@inline
function writeLanes<T, S>(
  x: usize,
  y: usize,
  bytes: usize,
  k: f64,
  factor: f64,
  rest: f64,
  scratch: usize,
): void {
  const kk = pinned<T>(scratch, k);
  const f = pinned<T>(scratch + 16, factor);
  const r = pinned<T>(scratch + 32, rest);
  for (let i: usize = 0; i < bytes; i += STEP) {
    const xx = x + i;
    const yy = y + i;
    v128.store(yy, madd<T>(taken<T, S>(v128.load(xx), kk), f, r));
    v128.store(yy, madd<T>(taken<T, S>(v128.load(xx, 16), kk), f, r), 16);
    v128.store(yy, madd<T>(taken<T, S>(v128.load(xx, 32), kk), f, r), 32);
    v128.store(yy, madd<T>(taken<T, S>(v128.load(xx, 48), kk), f, r), 48);
  }
}

/**
 * dx for groups begin to end, through their own statistics or, where given, not through them; adds to dgamma and dbeta,
 * float64, of paramCount elements each.
 *
 * @param scratch room for 128 bytes and 16 for each stretch of a group.
 */
// @ts-expect-error: decorator
@inline
export function stretchesBackward<T>(
  x: usize,
  dy: usize,
  dx: usize,
  gamma: usize,
  dgamma: usize,
  dbeta: usize,
  fixedMean: usize,
  fixedInvStd: usize,
  begin: usize,
  end: usize,
  groupStride: usize,
  runs: usize,
  runStride: usize,
  length: usize,
  paramPerGroup: usize,
  paramStep: usize,
  paramCount: usize,
  centred: bool,
  epsilon: f64,
  scratch: usize,
): void {
  const bytes = length * sizeof<T>();
  const n = <f64>(runs * length);
  const fixed = fixedMean != 0;
  const perStretch = scratch + 128;
  for (let g = begin; g < end; g++) {
    const start = g * groupStride * sizeof<T>();
    const first = g * paramPerGroup;
    if (fixed) {
      fix(load<f64>(fixedMean + (g << 3)), load<f64>(fixedInvStd + (g << 3)));
    } else {
      chooseShift<T>(x + start, runs, runStride, length, centred);
    }
    addStretchSums<T>(x + start, dy + start, runs, runStride, bytes, perStretch);
    if (!fixed) {
      let outcome = settle<T>(n, centred, epsilon, true);
      if (outcome == AGAIN) {
        addStretchSums<T>(x + start, dy + start, runs, runStride, bytes, perStretch);
        outcome = settle<T>(n, centred, epsilon, false);
      }
      if (outcome == HARD) {
        const inner = paramStep == 0 ? runs * length : length;
        hardBackward<T>(
          x + start,
          dy + start,
          dx + start,
          runs,
          runStride,
          length,
          gamma,
          dgamma,
          dbeta,
          first * inner,
          inner,
          paramCount,
          centred,
          epsilon,
        );
        continue;
      }
    }
    let meanGradient: f64 = 0;
    let meanAlong: f64 = 0;
    for (let j: usize = 0; j < runs; j++) {
      const p = (first + j * paramStep) % paramCount;
      const g0 = load<f64>(perStretch + (j << 4));
      const alongXhat = (load<f64>(perStretch + (j << 4), 8) - residue * g0) * invStd;
      store<f64>(dgamma + (p << 3), load<f64>(dgamma + (p << 3)) + alongXhat);
      store<f64>(dbeta + (p << 3), load<f64>(dbeta + (p << 3)) + g0);
      const scale = at<T>(gamma + p * sizeof<T>());
      meanGradient += g0 * scale;
      meanAlong += alongXhat * scale;
    }
    meanGradient = centred ? meanGradient / n : 0;
    meanAlong /= n;
    for (let j = runs; j-- > 0; ) {
      const p = ((first + j * paramStep) % paramCount) * sizeof<T>();
      const at0 = start + j * runStride * sizeof<T>();
      const scale = at<T>(gamma + p) * invStd;
      if (fixed) writeStretch<T>(dy + at0, dx + at0, bytes, 0, scale, 0, scratch);
      else writeStretchGradient<T>(x + at0, dy + at0, dx + at0, bytes, scale, meanGradient, meanAlong, scratch);
    }
  }
}

/** The sums of x over the group, and those of dy stretch by stretch. */
function addStretchSums<T>(
  x: usize,
  dy: usize,
  runs: usize,
  runStride: usize,
  bytes: usize,
  perStretch: usize,
): void {
  resetSums();
  for (let j: usize = 0; j < runs; j++) {
    const at0 = j * runStride * sizeof<T>();
    resetGradientSums();
    addGradientSums<T>(x + at0, dy + at0, 0, bytes, shift);
    store<f64>(perStretch + (j << 4), gradient);
    store<f64>(perStretch + (j << 4), along, 8);
  }
}

/** dx = dy * scale + (x - k) * slope + level: invStd * (g - mean(g) - xhat * mean(g * xhat)), multiplied out. */
function writeStretchGradient<T>(
  x: usize,
  dy: usize,
  dx: usize,
  bytes: usize,
  scale: f64,
  meanGradient: f64,
  meanAlong: f64,
  scratch: usize,
): void {
  const lanes = bytes & ~(2 * VECTOR - 1);
  const slope = -invStd * invStd * meanAlong;
  const level = -residue * slope - invStd * meanGradient;
  const k = pinned<T>(scratch, shift);
  const a = pinned<T>(scratch + 16, scale);
  const b = pinned<T>(scratch + 32, slope);
  const c = pinned<T>(scratch + 48, level);
  for (let i: usize = 0; i < lanes; i += 2 * VECTOR) {
    const xx = x + i;
    const gg = dy + i;
    const d = v128.sub<T>(v128.load(xx), k);
    const e = v128.sub<T>(v128.load(xx, 16), k);
    const yy = dx + i;
    v128.store(yy, madd<T>(v128.load(gg), a, madd<T>(d, b, c)));
    v128.store(yy, madd<T>(v128.load(gg, 16), a, madd<T>(e, b, c)), 16);
  }
  for (let i = lanes; i < bytes; i += sizeof<T>()) {
    store<T>(dx + i, <T>(at<T>(dy + i) * scale + (at<T>(x + i) - shift) * slope + level));
  }
}
