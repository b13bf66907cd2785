import { hardBackward, hardForward } from './hard-group';
import { at, madd, pinned, STEP, VECTOR } from './lanes';
import {
  chooseShift,
  fix,
  HARD,
  invStd,
  residue,
  SETTLED,
  setShift,
  settle,
  shift,
  usable,
  writeStatistics,
} from './statistics';
import { addGradientSums, addSums, along, alongRest, gradient, gradientRest, resetSums, setGradientRests, setGradientSums, setRests, setSums, squares, squaresRest, sum, sumRest, whole } from './sums';

/**
 * Groups made of stretches of neighbours that share one parameter. Group g starts at element g * groupStride and has `runs`
 * stretches of `length` elements, `runStride` apart; stretch j of it takes parameter
 * (g * paramPerGroup + j * paramStep) % paramCount.
 *
 * Batch Norm, channels-first: a group is a channel, groupStride = length = inner, runs = outer, one parameter each.
 * Instance and Group Norm: a group is a row, its stretches follow one another, each channel's with its own parameter.
 */

/** Two sums for each parameter; of float64 numbers also what they have lost. */
// @ts-expect-error: decorator
@inline
function cellBytes<T>(): usize {
  return sizeof<T>() == 8 ? 32 : 16;
}

/** What is kept of a group: a shift, two sums, and a number for backward; of float64 numbers also what the sums have lost. */
// @ts-expect-error: decorator
@inline
function keptBytes<T>(): usize {
  return sizeof<T>() == 8 ? 48 : 32;
}

/**
 * y = gamma * xhat + beta for groups begin to end, with the statistics in `fixedMean` and `fixedInvStd` (float64) where
 * these are not 0, else with the groups' own, which are written where wanted.
 *
 * Groups that lie next to one another are computed one by one. Batch Norm's, whose stretches lie far apart (paramStep is 0),
 * are all summed and then all written, in the order of memory: [32, 64, 56, 56] takes 2.0 ms with given statistics and 2.7
 * with the batch's own, for 3.2 and 4.2 group by group, though x is then read from memory twice.
 *
 * @param scratch room for 128 bytes, and 32 (48 for float64) for each group that is computed at once.
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
  const fixed = fixedMean != 0;
  const inOrder = paramStep == 0;
  const batch = inOrder ? end - begin : 1;
  const table = scratch + 128;
  for (; begin < end; begin += batch) {
    if (!fixed) {
      sumStretches<T>(x, 0, begin, begin + batch, groupStride, runs, runStride, length, centred, 0, table, 0, 0);
    }
    for (let g = begin; g < begin + batch; g++) {
      const start = g * groupStride * sizeof<T>();
      const first = g * paramPerGroup;
      const kept = table + (g - begin) * keptBytes<T>();
      let outcome: i32 = SETTLED;
      if (fixed) fix(load<f64>(fixedMean + (g << 3)), load<f64>(fixedInvStd + (g << 3)));
      else outcome = settleKept<T>(kept, <f64>(runs * length), centred, epsilon);
      for (let j: usize = 0; j < runs && outcome == SETTLED; j += inOrder ? runs : 1) {
        if (!usable(invStd * at<T>(gamma + ((first + j * paramStep) % paramCount) * sizeof<T>()))) outcome = HARD;
      }
      if (outcome != SETTLED) {
        const inner = inOrder ? runs * length : length;
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
        );
      }
      writeStatistics(outMean, outVariance, outInvStd, g);
      store<f64>(kept, shift);
      store<f64>(kept, outcome == SETTLED ? invStd : NaN, 8);
      store<f64>(kept, residue, 16);
    }
    // The other way round: what was summed last is still in the cache.
    for (let j = runs; j-- > 0; ) {
      for (let g = begin; g < begin + batch; g++) {
        const kept = table + (g - begin) * keptBytes<T>();
        const scale = load<f64>(kept, 8);
        // Written already.
        if (scale != scale) continue;
        const p = ((g * paramPerGroup + j * paramStep) % paramCount) * sizeof<T>();
        const at0 = (g * groupStride + j * runStride) * sizeof<T>();
        const factor = scale * at<T>(gamma + p);
        const rest = at<T>(beta + p) - load<f64>(kept, 16) * factor;
        writeStretch<T>(x + at0, y + at0, length * sizeof<T>(), load<f64>(kept), factor, rest, scratch);
      }
    }
  }
}

/**
 * For groups begin to end, a place in `table` for each: a shift, then the sum of what it leaves and that of its squares.
 * With dy, also the sums of dy and of dy * (x - shift), a cell of `gradients` for each of a group's `cells`, among which its
 * stretches are dealt out.
 */
function sumStretches<T>(
  x: usize,
  dy: usize,
  begin: usize,
  end: usize,
  groupStride: usize,
  runs: usize,
  runStride: usize,
  length: usize,
  centred: bool,
  fixedMean: usize,
  table: usize,
  gradients: usize,
  cells: usize,
): void {
  const bytes = length * sizeof<T>();
  for (let j: usize = 0; j < runs; j++) {
    for (let g = begin; g < end; g++) {
      const kept = table + (g - begin) * keptBytes<T>();
      const start = g * groupStride * sizeof<T>();
      const at0 = start + j * runStride * sizeof<T>();
      if (j == 0) {
        const k = fixedMean != 0 ? load<f64>(fixedMean + (g << 3)) : chooseShift<T>(x + start, runs, runStride, length, centred);
        store<f64>(kept, k);
        resetSums<T>();
      } else {
        takeSums<T>(kept);
      }
      if (dy == 0) {
        addSums<T>(x + at0, bytes, load<f64>(kept));
      } else {
        const cell = gradients + ((g - begin) * cells + j % cells) * cellBytes<T>();
        setGradientSums(load<f64>(cell), load<f64>(cell, 8));
        if (sizeof<T>() == 8) setGradientRests(load<f64>(cell, 16), load<f64>(cell, 24));
        addGradientSums<T>(x + at0, dy + at0, 0, bytes, load<f64>(kept));
        store<f64>(cell, gradient);
        store<f64>(cell, along, 8);
        if (sizeof<T>() == 8) {
          store<f64>(cell, gradientRest, 16);
          store<f64>(cell, alongRest, 24);
        }
      }
      store<f64>(kept, sum, 8);
      store<f64>(kept, squares, 16);
      if (sizeof<T>() == 8) {
        store<f64>(kept, sumRest, 32);
        store<f64>(kept, squaresRest, 40);
      }
    }
  }
}

// @ts-expect-error: decorator
@inline
function takeSums<T>(kept: usize): void {
  setSums(load<f64>(kept, 8), load<f64>(kept, 16));
  if (sizeof<T>() == 8) setRests(load<f64>(kept, 32), load<f64>(kept, 40));
}

/** A group far from its shift is left to the slow path, as what overflows is. */
function settleKept<T>(kept: usize, n: f64, centred: bool, epsilon: f64): i32 {
  setShift(load<f64>(kept));
  takeSums<T>(kept);
  return settle<T>(n, centred, epsilon, true);
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
  writeLanes<T>(x, y, lanes, k, factor, rest, scratch);
  for (let i = lanes; i < bytes; i += sizeof<T>()) {
    store<T>(y + i, <T>((at<T>(x + i) - k) * factor + rest));
  }
}

// @ts-expect-error: decorator
@inline
function writeLanes<T>(
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
    v128.store(yy, madd<T>(v128.sub<T>(v128.load(xx), kk), f, r));
    v128.store(yy, madd<T>(v128.sub<T>(v128.load(xx, 16), kk), f, r), 16);
    v128.store(yy, madd<T>(v128.sub<T>(v128.load(xx, 32), kk), f, r), 32);
    v128.store(yy, madd<T>(v128.sub<T>(v128.load(xx, 48), kk), f, r), 48);
  }
}

/**
 * dx for groups begin to end, through their own statistics or, where given, not through them; adds to dgamma and dbeta,
 * float64, of paramCount elements each.
 *
 * @param scratch room for 128 bytes, and for each group that is computed at once 32 (48 for float64), and 16 (32) for each of its
 * parameters.
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
  const n = <f64>(runs * length);
  const fixed = fixedMean != 0;
  const inOrder = paramStep == 0;
  const batch = inOrder ? end - begin : 1;
  const cells: usize = inOrder ? 1 : runs;
  const table = scratch + 128;
  const gradients = table + batch * keptBytes<T>();
  for (; begin < end; begin += batch) {
    memory.fill(gradients, 0, batch * cells * cellBytes<T>());
    sumStretches<T>(
      x,
      dy,
      begin,
      begin + batch,
      groupStride,
      runs,
      runStride,
      length,
      centred,
      fixedMean,
      table,
      gradients,
      cells,
    );
    for (let g = begin; g < begin + batch; g++) {
      const first = g * paramPerGroup;
      const kept = table + (g - begin) * keptBytes<T>();
      if (fixed) {
        fix(load<f64>(fixedMean + (g << 3)), load<f64>(fixedInvStd + (g << 3)));
      } else if (settleKept<T>(kept, n, centred, epsilon) != SETTLED) {
        const start = g * groupStride * sizeof<T>();
        const inner = inOrder ? runs * length : length;
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
        store<f64>(kept, NaN, 8);
        continue;
      }
      let meanGradient: f64 = 0;
      let meanAlong: f64 = 0;
      for (let j: usize = 0; j < cells; j++) {
        const p = (first + j * paramStep) % paramCount;
        const cell = gradients + ((g - begin) * cells + j) * cellBytes<T>();
        let g0 = load<f64>(cell);
        let a0 = load<f64>(cell, 8);
        if (sizeof<T>() == 8) {
          g0 = whole(g0, load<f64>(cell, 16));
          a0 = whole(a0, load<f64>(cell, 24));
        }
        const alongXhat = (a0 - residue * g0) * invStd;
        store<f64>(dgamma + (p << 3), load<f64>(dgamma + (p << 3)) + alongXhat);
        store<f64>(dbeta + (p << 3), load<f64>(dbeta + (p << 3)) + g0);
        const scale = at<T>(gamma + p * sizeof<T>());
        meanGradient += g0 * scale;
        meanAlong += alongXhat * scale;
      }
      const slope = (-invStd * invStd * meanAlong) / n;
      store<f64>(kept, invStd, 8);
      store<f64>(kept, slope, 16);
      store<f64>(kept, -residue * slope - (centred ? (invStd * meanGradient) / n : 0), 24);
    }
    for (let j = runs; j-- > 0; ) {
      for (let g = begin; g < begin + batch; g++) {
        const kept = table + (g - begin) * keptBytes<T>();
        const factor = load<f64>(kept, 8);
        const p = ((g * paramPerGroup + j * paramStep) % paramCount) * sizeof<T>();
        const at0 = (g * groupStride + j * runStride) * sizeof<T>();
        const bytes = length * sizeof<T>();
        const scale = at<T>(gamma + p) * factor;
        if (fixed) writeStretch<T>(dy + at0, dx + at0, bytes, 0, scale, 0, scratch);
        else if (factor == factor) writeStretchGradient<T>(x + at0, dy + at0, dx + at0, bytes, scale, kept, scratch);
      }
    }
  }
}

/**
 * dx = dy * scale + (x - k) * slope + level: invStd * (g - mean(g) - xhat * mean(g * xhat)), multiplied out; k, slope and level
 * are numbers 0, 2 and 3 at `kept`.
 */
function writeStretchGradient<T>(
  x: usize,
  dy: usize,
  dx: usize,
  bytes: usize,
  scale: f64,
  kept: usize,
  scratch: usize,
): void {
  const lanes = bytes & ~(2 * VECTOR - 1);
  const shift = load<f64>(kept);
  const slope = load<f64>(kept, 16);
  const level = load<f64>(kept, 24);
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
