import { hardBackward, hardForward } from './hard-group';
import { addPair, at, madd, splat, VECTOR } from './lanes';
import { chooseShift, fix, HARD, invStd, residue, SETTLED, setShift, settle, shift, usable, writeStatistics } from './statistics';
import { lost, setRests, setSums, whole } from './sums';

/**
 * Channels whose elements are not neighbours: channels-last, and channels-first with few positions. The data is read as
 * rows of `columns` elements, column i being of channel (i / inner) % channels. Narrow data has several of its rows in
 * one of ours (`columns` a multiple of channels * inner), so that the lanes are filled; the last row may be shorter.
 */

/**
 * Rows are summed in T for so many bytes, of which the first-level cache holds this chunk's and the next one's, and then
 * join the float64 sums.
 */
const CHUNK: usize = 12288;

/** Of fewer rows than these, joining the float64 sums costs as much as the summing. */
const FEWEST_ROWS: usize = 32;

/** Chunks of longer rows lie in the second-level cache, where the next one has no room beside them. */
const LONGEST_READ_AHEAD: usize = 1024;

/** How many elements a chunk has. */
// @ts-expect-error: decorator
@inline
function chunkOf<T>(columns: usize): usize {
  return max<usize>(CHUNK / (columns * sizeof<T>()), FEWEST_ROWS) * columns;
}

/**
 * Where to read while the rows from element `begin` to `full` are summed, column by column: the next chunk, from `end` on, in
 * the order of memory, which the processor is faster at than at columns (Batch Norm's training on [100352, 64] takes 3.4
 * ms instead of 5.1, backward 6.8 instead of 8.8). Nothing behind the data's end is read.
 */
// @ts-expect-error: decorator
@inline
function readAhead<T>(columns: usize, begin: usize, full: usize, end: usize, elements: usize): usize {
  return min(columns * sizeof<T>() > LONGEST_READ_AHEAD ? begin : end, elements - full + begin) * sizeof<T>();
}

/**
 * y = gamma * xhat + beta, with the statistics in `fixedMean` and `fixedInvStd` (float64) where these are not 0, else
 * with the batch's own, which are written where wanted.
 *
 * @param elements how many there are in all.
 * @param scratch room for columns * (3 elements and 16 bytes, 32 for float64), and a byte per channel.
 */
// @ts-expect-error: decorator
@inline
export function columnsForward<T>(
  x: usize,
  y: usize,
  gamma: usize,
  beta: usize,
  fixedMean: usize,
  fixedInvStd: usize,
  outMean: usize,
  outVariance: usize,
  outInvStd: usize,
  elements: usize,
  channels: usize,
  inner: usize,
  columns: usize,
  begin: usize,
  end: usize,
  epsilon: f64,
  scratch: usize,
): void {
  const width = columns * sizeof<T>();
  const period = channels * inner;
  const fixed = fixedMean != 0;
  const shifts = scratch;
  const factors = shifts + width;
  const rests = factors + width;
  const sums = rests + width;
  const squares = sums + (columns << 3);
  const hard = squares + (columns << 3) + restsOf<T>(columns << 4);
  const outer = elements / period;
  if (!fixed) {
    spreadShifts<T>(x, shifts, outer, channels, inner, columns, begin, end);
    memory.fill(sums, 0, (columns << 4) + restsOf<T>(columns << 4));
    sumColumns<T>(x, shifts, sums, squares, elements, columns, begin * inner, columnsEnd(end, channels, inner, columns), columns << 4);
  }
  const n = <f64>(outer * inner);
  for (let c = begin; c < end; c++) {
    let outcome = SETTLED;
    if (fixed) {
      fix(load<f64>(fixedMean + (c << 3)), load<f64>(fixedInvStd + (c << 3)));
      for (let i = c * inner; i < columns; i += period) fill<T>(shifts, i, inner, shift);
    } else {
      outcome = settleChannel<T>(shifts, sums, squares, columns, period, c * inner, inner, n, epsilon, columns << 4);
    }
    const factor = invStd * at<T>(gamma + c * sizeof<T>());
    if (!usable(factor)) outcome = HARD;
    store<u8>(hard + c, outcome != SETTLED ? 1 : 0);
    const rest = at<T>(beta + c * sizeof<T>()) - residue * factor;
    for (let i = c * inner; i < columns; i += period) {
      fill<T>(factors, i, inner, factor);
      fill<T>(rests, i, inner, rest);
    }
    writeStatistics(outMean, outVariance, outInvStd, c);
  }
  writeColumns<T>(x, y, shifts, factors, rests, elements, columns, begin * inner, columnsEnd(end, channels, inner, columns));
  for (let c = begin; c < end; c++) {
    if (load<u8>(hard + c) == 0) continue;
    const offset = c * inner * sizeof<T>();
    const own = c * sizeof<T>();
    if (fixed) fix(load<f64>(fixedMean + (c << 3)), load<f64>(fixedInvStd + (c << 3)));
    hardForward<T>(x + offset, y + offset, outer, period, inner, gamma + own, beta + own, 0, 1, 1, true, epsilon, fixed);
    writeStatistics(outMean, outVariance, outInvStd, c);
  }
}

/**
 * dx, through the batch's own statistics or, where given, not through them; adds to dgamma and dbeta, float64.
 *
 * @param scratch room for columns * (4 elements and 32 bytes, 64 for float64), and a byte per channel.
 */
// @ts-expect-error: decorator
@inline
export function columnsBackward<T>(
  x: usize,
  dy: usize,
  dx: usize,
  gamma: usize,
  dgamma: usize,
  dbeta: usize,
  fixedMean: usize,
  fixedInvStd: usize,
  elements: usize,
  channels: usize,
  inner: usize,
  columns: usize,
  begin: usize,
  end: usize,
  epsilon: f64,
  scratch: usize,
): void {
  const width = columns * sizeof<T>();
  const period = channels * inner;
  const fixed = fixedMean != 0;
  const shifts = scratch;
  const scales = shifts + width;
  const slopes = scales + width;
  const levels = slopes + width;
  const sums = levels + width;
  const squares = sums + (columns << 3);
  const gradients = squares + (columns << 3);
  const alongs = gradients + (columns << 3);
  const hard = alongs + (columns << 3) + restsOf<T>(columns << 5);
  const outer = elements / period;
  const last = columnsEnd(end, channels, inner, columns);
  if (fixed) {
    for (let c = begin; c < end; c++) {
      fix(load<f64>(fixedMean + (c << 3)), load<f64>(fixedInvStd + (c << 3)));
      for (let i = c * inner; i < columns; i += period) fill<T>(shifts, i, inner, shift);
    }
  } else {
    spreadShifts<T>(x, shifts, outer, channels, inner, columns, begin, end);
  }
  memory.fill(sums, 0, (columns << 5) + restsOf<T>(columns << 5));
  sumGradients<T>(x, dy, shifts, sums, elements, columns, begin * inner, last);
  const n = <f64>(outer * inner);
  for (let c = begin; c < end; c++) {
    const own = c * inner;
    let outcome = SETTLED;
    if (fixed) fix(load<f64>(fixedMean + (c << 3)), load<f64>(fixedInvStd + (c << 3)));
    else outcome = settleChannel<T>(shifts, sums, squares, columns, period, own, inner, n, epsilon, columns << 5);
    store<u8>(hard + c, outcome != SETTLED ? 1 : 0);
    if (outcome != SETTLED) continue;
    let gradient = folded(gradients, columns, period, own, inner);
    let along = folded(alongs, columns, period, own, inner);
    if (sizeof<T>() == 8) {
      gradient = whole(gradient, folded(gradients + (columns << 5), columns, period, own, inner));
      along = whole(along, folded(alongs + (columns << 5), columns, period, own, inner));
    }
    along = (along - residue * gradient) * invStd;
    store<f64>(dgamma + (c << 3), load<f64>(dgamma + (c << 3)) + along);
    store<f64>(dbeta + (c << 3), load<f64>(dbeta + (c << 3)) + gradient);
    const scale = at<T>(gamma + c * sizeof<T>()) * invStd;
    const slope = (-scale * invStd * along) / n;
    const level = -residue * slope - (scale * gradient) / n;
    for (let i = own; i < columns; i += period) {
      fill<T>(scales, i, inner, scale);
      fill<T>(slopes, i, inner, slope);
      fill<T>(levels, i, inner, level);
    }
  }
  if (fixed) {
    memory.fill(shifts, 0, width);
    writeColumns<T>(dy, dx, shifts, scales, shifts, elements, columns, begin * inner, last);
  } else {
    writeGradientColumns<T>(x, dy, dx, shifts, scales, slopes, levels, elements, columns, begin * inner, last);
  }
  for (let c = begin; c < end; c++) {
    if (load<u8>(hard + c) == 0) continue;
    const offset = c * inner * sizeof<T>();
    hardBackward<T>(
      x + offset,
      dy + offset,
      dx + offset,
      outer,
      period,
      inner,
      gamma + c * sizeof<T>(),
      dgamma + (c << 3),
      dbeta + (c << 3),
      0,
      1,
      1,
      true,
      epsilon,
    );
  }
}

/** Where the columns of channels up to `end` end: with all of them, also the repetitions do. */
// @ts-expect-error: decorator
@inline
function columnsEnd(end: usize, channels: usize, inner: usize, columns: usize): usize {
  return end == channels ? columns : end * inner;
}

/** Of float64 numbers, what the sums have lost follows them, in arrays of the same size. */
// @ts-expect-error: decorator
@inline
function restsOf<T>(bytes: usize): usize {
  return sizeof<T>() == 8 ? bytes : 0;
}

function fill<T>(array: usize, from: usize, length: usize, value: f64): void {
  for (let i: usize = 0; i < length; i++) store<T>(array + (from + i) * sizeof<T>(), <T>value);
}

function spreadShifts<T>(
  x: usize,
  shifts: usize,
  outer: usize,
  channels: usize,
  inner: usize,
  columns: usize,
  begin: usize,
  end: usize,
): void {
  const period = channels * inner;
  for (let c = begin; c < end; c++) {
    const k = chooseShift<T>(x + c * inner * sizeof<T>(), outer, period, inner, true);
    for (let i = c * inner; i < columns; i += period) fill<T>(shifts, i, inner, k);
  }
}

function folded(array: usize, columns: usize, period: usize, from: usize, inner: usize): f64 {
  let sum: f64 = 0;
  for (; from < columns; from += period) {
    for (let i: usize = 0; i < inner; i++) sum += load<f64>(array + ((from + i) << 3));
  }
  return sum;
}

/** A channel far from its shift is left to the slow path, as what overflows is. */
function settleChannel<T>(
  shifts: usize,
  sums: usize,
  squares: usize,
  columns: usize,
  period: usize,
  from: usize,
  inner: usize,
  n: f64,
  epsilon: f64,
  rests: usize,
): i32 {
  setShift(at<T>(shifts + from * sizeof<T>()));
  setSums(folded(sums, columns, period, from, inner), folded(squares, columns, period, from, inner));
  if (sizeof<T>() == 8) {
    setRests(folded(sums + rests, columns, period, from, inner), folded(squares + rests, columns, period, from, inner));
  }
  return settle<T>(n, true, epsilon, true);
}

/** Column by column: the sum of x - shift and of its square. Two vectors wide, so that the sums stay in registers. */
function sumColumns<T>(
  x: usize,
  shifts: usize,
  sums: usize,
  squares: usize,
  elements: usize,
  columns: usize,
  from: usize,
  to: usize,
  rests: usize,
): void {
  const pitch = columns * sizeof<T>();
  const wholeRows = elements - (elements % columns);
  const chunk = chunkOf<T>(columns);
  const lanes = VECTOR / sizeof<T>();
  for (let begin: usize = 0; begin < elements; begin += chunk) {
    const end = min(begin + chunk, elements);
    const full = min(end, wholeRows);
    let ahead = x + readAhead<T>(columns, begin, full, end, elements);
    let i = from;
    for (; i + 2 * lanes <= to; i += 2 * lanes) {
      let p = x + (begin + i) * sizeof<T>();
      const pEnd = x + full * sizeof<T>();
      const k = shifts + i * sizeof<T>();
      const k0 = v128.load(k);
      const k1 = v128.load(k, 16);
      let a = splat<T>(0);
      let b = a;
      let aa = a;
      let bb = a;
      for (; p < pEnd; p += pitch) {
        const e = v128.sub<T>(v128.load(p), k0);
        const f = v128.sub<T>(v128.load(p, 16), k1);
        a = v128.add<T>(a, e);
        b = v128.add<T>(b, f);
        aa = madd<T>(e, e, aa);
        bb = madd<T>(f, f, bb);
        load<u8>(ahead);
        ahead += 2 * VECTOR;
      }
      addPair<T>(sums + (i << 3), a, b, rests);
      addPair<T>(squares + (i << 3), aa, bb, rests);
    }
    // What is left: the last columns, and of a shorter last row all of them.
    for (let j = full < end ? from : i; j < to; j++) {
      for (let e = (j < i ? full : begin) + j; e < end; e += columns) {
        addElement<T>(x + e * sizeof<T>(), shifts, sums, squares - sums, j, rests);
      }
    }
  }
}

/** Adds to a sum, and what that loses to what it has lost, `rests` bytes on. */
function addWide(place: usize, rests: usize, value: f64): void {
  const before = load<f64>(place);
  const after = before + value;
  store<f64>(place, after);
  store<f64>(place + rests, load<f64>(place + rests) + lost(before, value, after));
}

/** Adds the element at x, which is in column i, to its sums, `apart` bytes apart; gives it without its shift. */
function addElement<T>(x: usize, shifts: usize, sums: usize, apart: usize, i: usize, rests: usize): f64 {
  const d = at<T>(x) - at<T>(shifts + i * sizeof<T>());
  sums += i << 3;
  if (sizeof<T>() == 8) {
    addWide(sums, rests, d);
    addWide(sums + apart, rests, d * d);
    return d;
  }
  store<f64>(sums, load<f64>(sums) + d);
  store<f64>(sums + apart, load<f64>(sums + apart) + d * d);
  return d;
}

/**
 * Column by column: the sums of x - shift, of its square, of dy and of dy * (x - shift), which follow one another from
 * `sums` on, float64.
 */
function sumGradients<T>(
  x: usize,
  dy: usize,
  shifts: usize,
  sums: usize,
  elements: usize,
  columns: usize,
  from: usize,
  to: usize,
): void {
  const pitch = columns * sizeof<T>();
  const apart = columns << 3;
  const rests = restsOf<T>(columns << 5);
  const wholeRows = elements - (elements % columns);
  const chunk = chunkOf<T>(columns);
  const lanes = VECTOR / sizeof<T>();
  for (let begin: usize = 0; begin < elements; begin += chunk) {
    const end = min(begin + chunk, elements);
    const full = min(end, wholeRows);
    let ahead = x + readAhead<T>(columns, begin, full, end, elements);
    let i = from;
    for (; i + 2 * lanes <= to; i += 2 * lanes) {
      let p = x + (begin + i) * sizeof<T>();
      const pEnd = x + full * sizeof<T>();
      const k = shifts + i * sizeof<T>();
      const k0 = v128.load(k);
      const k1 = v128.load(k, 16);
      let a = splat<T>(0);
      let b = a;
      let aa = a;
      let bb = a;
      let ga = a;
      let gb = a;
      let gaa = a;
      let gbb = a;
      for (; p < pEnd; p += pitch) {
        const e = v128.sub<T>(v128.load(p), k0);
        const f = v128.sub<T>(v128.load(p, 16), k1);
        const o = p + (dy - x);
        const g = v128.load(o);
        const h = v128.load(o, 16);
        a = v128.add<T>(a, e);
        b = v128.add<T>(b, f);
        aa = madd<T>(e, e, aa);
        bb = madd<T>(f, f, bb);
        ga = v128.add<T>(ga, g);
        gb = v128.add<T>(gb, h);
        gaa = madd<T>(g, e, gaa);
        gbb = madd<T>(h, f, gbb);
        load<u8>(ahead);
        load<u8>(ahead + (dy - x));
        ahead += 2 * VECTOR;
      }
      let s = sums + (i << 3);
      addPair<T>(s, a, b, rests);
      addPair<T>((s += apart), aa, bb, rests);
      addPair<T>((s += apart), ga, gb, rests);
      addPair<T>(s + apart, gaa, gbb, rests);
    }
    // What is left, as above.
    for (let j = full < end ? from : i; j < to; j++) {
      for (let e = (j < i ? full : begin) + j; e < end; e += columns) {
        const p = x + e * sizeof<T>();
        const g = at<T>(p + (dy - x));
        const d = addElement<T>(p, shifts, sums, apart, j, rests);
        const s = sums + 2 * apart + (j << 3);
        store<f64>(s, load<f64>(s) + g);
        store<f64>(s + apart, load<f64>(s + apart) + g * d);
      }
    }
  }
}

/** What was read last is still in the cache: rows are written in blocks of so many, the last block first. */
const BLOCK: usize = 4096;

/**
 * y = (x - shift) * factor + rest, each per column. Within a block in the order of memory: single rows the other way round
 * take three times as long, blocks a tenth less than all in order ([57344, 112], training: 4.2 ms, not 4.9).
 */
function writeColumns<T>(
  x: usize,
  y: usize,
  shifts: usize,
  factors: usize,
  rests: usize,
  elements: usize,
  columns: usize,
  from: usize,
  to: usize,
): void {
  // A power of two, less 1: of a number up to it, the bits above a block's are turned over.
  const most = <usize>-1 >> clz<usize>((elements / columns) | 1);
  for (let r: usize = 0; r <= most; r++) {
    const row = (r ^ (most & -BLOCK)) * columns;
    if (row >= elements) continue;
    const last = min(to, elements - row) * sizeof<T>();
    const xx = x + row * sizeof<T>();
    const yy = y + row * sizeof<T>();
    let i = from * sizeof<T>();
    for (; i + 2 * VECTOR <= last; i += 2 * VECTOR) {
      const a = v128.sub<T>(v128.load(xx + i), v128.load(shifts + i));
      const b = v128.sub<T>(v128.load(xx + i, 16), v128.load(shifts + i, 16));
      v128.store(yy + i, madd<T>(a, v128.load(factors + i), v128.load(rests + i)));
      v128.store(yy + i, madd<T>(b, v128.load(factors + i, 16), v128.load(rests + i, 16)), 16);
    }
    for (; i < last; i += sizeof<T>()) {
      store<T>(yy + i, <T>((at<T>(xx + i) - at<T>(shifts + i)) * at<T>(factors + i) + at<T>(rests + i)));
    }
  }
}

/** dx = dy * scale + (x - shift) * slope + level, each per column. */
function writeGradientColumns<T>(
  x: usize,
  dy: usize,
  dx: usize,
  shifts: usize,
  scales: usize,
  slopes: usize,
  levels: usize,
  elements: usize,
  columns: usize,
  from: usize,
  to: usize,
): void {
  for (let row: usize = 0; row < elements; row += columns) {
    const last = min(to, elements - row) * sizeof<T>();
    const xx = x + row * sizeof<T>();
    const gg = dy + row * sizeof<T>();
    const yy = dx + row * sizeof<T>();
    let i = from * sizeof<T>();
    for (; i + VECTOR <= last; i += VECTOR) {
      const d = v128.sub<T>(v128.load(xx + i), v128.load(shifts + i));
      const rest = madd<T>(d, v128.load(slopes + i), v128.load(levels + i));
      v128.store(yy + i, madd<T>(v128.load(gg + i), v128.load(scales + i), rest));
    }
    for (; i < last; i += sizeof<T>()) {
      const d = at<T>(xx + i) - at<T>(shifts + i);
      store<T>(yy + i, <T>(at<T>(gg + i) * at<T>(scales + i) + d * at<T>(slopes + i) + at<T>(levels + i)));
    }
  }
}
