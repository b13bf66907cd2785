import { at, madd, STEP, splat, total, VECTOR } from './lanes';

/**
 * Sums over one group of elements, shifted by k, a value near their mean: what is summed is then no larger than the
 * spread, so that float32 loses nothing to an offset. Lanes run for BLOCK bytes and then join the sums in float64:
 * rounding does not pile up over long groups.
 */
const BLOCK: usize = 4096;

/** The sum of x - k. */
export let sum: f64 = 0;
/** The sum of (x - k)^2. */
export let squares: f64 = 0;
/** The sum of g: dy, or dy * gamma. */
export let gradient: f64 = 0;
/** The sum of g * (x - k). */
export let along: f64 = 0;

export function resetSums(): void {
  sum = 0;
  squares = 0;
}

/** Sums taken elsewhere. */
export function setSums(s: f64, q: f64): void {
  sum = s;
  squares = q;
}

export function resetGradientSums(): void {
  gradient = 0;
  along = 0;
}

/** Adds a stretch of `bytes` neighbours to `sum` and `squares`. */
export function addSums<T>(x: usize, bytes: usize, k: f64): void {
  const end = x + bytes;
  const stepsEnd = x + (bytes & ~(STEP - 1));
  const shift = splat<T>(k);
  while (x < stepsEnd) {
    const blockEnd = min(x + BLOCK, stepsEnd);
    let a = splat<T>(0);
    let b = a;
    let c = a;
    let d = a;
    let aa = a;
    let bb = a;
    let cc = a;
    let dd = a;
    do {
      const e = v128.sub<T>(v128.load(x), shift);
      const f = v128.sub<T>(v128.load(x, 16), shift);
      const g = v128.sub<T>(v128.load(x, 32), shift);
      const h = v128.sub<T>(v128.load(x, 48), shift);
      a = v128.add<T>(a, e);
      b = v128.add<T>(b, f);
      c = v128.add<T>(c, g);
      d = v128.add<T>(d, h);
      aa = madd<T>(e, e, aa);
      bb = madd<T>(f, f, bb);
      cc = madd<T>(g, g, cc);
      dd = madd<T>(h, h, dd);
      x += STEP;
    } while (x < blockEnd);
    sum += total<T>(v128.add<T>(v128.add<T>(a, b), v128.add<T>(c, d)));
    squares += total<T>(v128.add<T>(v128.add<T>(aa, bb), v128.add<T>(cc, dd)));
  }
  for (; x < end; x += sizeof<T>()) {
    const d = at<T>(x) - k;
    sum += d;
    squares += d * d;
  }
}

/**
 * Adds a stretch to all four sums, with g = dy * gamma, or dy where gamma is 0 (null).
 */
export function addGradientSums<T>(x: usize, dy: usize, gamma: usize, bytes: usize, k: f64): void {
  const end = x + bytes;
  const stepsEnd = x + (bytes & ~(2 * VECTOR - 1));
  const shift = splat<T>(k);
  while (x < stepsEnd) {
    const blockEnd = min(x + BLOCK, stepsEnd);
    let a = splat<T>(0);
    let b = a;
    let aa = a;
    let bb = a;
    let ga = a;
    let gb = a;
    let gaa = a;
    let gbb = a;
    do {
      const d = v128.sub<T>(v128.load(x), shift);
      const e = v128.sub<T>(v128.load(x, 16), shift);
      let g = v128.load(dy);
      let h = v128.load(dy, 16);
      if (gamma != 0) {
        g = v128.mul<T>(g, v128.load(gamma));
        h = v128.mul<T>(h, v128.load(gamma, 16));
        gamma += 2 * VECTOR;
      }
      a = v128.add<T>(a, d);
      b = v128.add<T>(b, e);
      aa = madd<T>(d, d, aa);
      bb = madd<T>(e, e, bb);
      ga = v128.add<T>(ga, g);
      gb = v128.add<T>(gb, h);
      gaa = madd<T>(g, d, gaa);
      gbb = madd<T>(h, e, gbb);
      x += 2 * VECTOR;
      dy += 2 * VECTOR;
    } while (x < blockEnd);
    sum += total<T>(v128.add<T>(a, b));
    squares += total<T>(v128.add<T>(aa, bb));
    gradient += total<T>(v128.add<T>(ga, gb));
    along += total<T>(v128.add<T>(gaa, gbb));
  }
  for (; x < end; x += sizeof<T>(), dy += sizeof<T>()) {
    const d = at<T>(x) - k;
    let g = at<T>(dy);
    if (gamma != 0) {
      g *= at<T>(gamma);
      gamma += sizeof<T>();
    }
    sum += d;
    squares += d * d;
    gradient += g;
    along += g * d;
  }
}
