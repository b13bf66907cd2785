/**
 * What a kernel is asked to do. It lies in the memory that the kernels run over, one for each thread, and is
 * written by src/kernels/launch.ts, which has the same fields in the same order (test/launch.test.ts compares
 * them). Pointers are in bytes, and 0 where there is nothing to point at; all else is counted in elements of
 * T.
 *
 * A launch computes units `begin` to `end`: rows, groups or channels, each with statistics of its own over n
 * elements. Unit g starts at element g * groupStride of x, out and dy. It has `runs` stretches of `length`
 * neighbours, which start `runStride` apart: n = runs * length. Its element i takes parameter ((g * n + i) /
 * perParameter) % count.
 */
@unmanaged
export class Launch {
  epsilon: f64;
  x: usize;
  /** y, or dx. */
  out: usize;
  dy: usize;
  gamma: usize;
  beta: usize;
  /** Statistics in the place of the units' own: float64, one for each unit. */
  givenMean: usize;
  givenInvStd: usize;
  /** Where the statistics go, as float64, one for each unit: all three or none. */
  mean: usize;
  variance: usize;
  invStd: usize;
  /** What dgamma and dbeta are added to: float64, `count` of each. */
  dgamma: usize;
  dbeta: usize;
  /** This thread's own room; each kernel says how much it needs. */
  scratch: usize;
  begin: usize;
  end: usize;
  groupStride: usize;
  runs: usize;
  runStride: usize;
  length: usize;
  perParameter: usize;
  count: usize;
  /** Of the columns' kernels: how long the rows are that the data is read as. */
  columns: usize;
  /** 1 where the mean is taken off; 0 for RMS Norm. */
  centred: u32;
  /** Of the float32 rows' kernels: 1 where a row is read while the one before it is written. */
  readAhead: u32;

  /** How many elements share statistics. */
  // @ts-expect-error: decorator
  @inline
  get n(): usize {
    return this.runs * this.length;
  }

  // @ts-expect-error: decorator
  @inline
  get given(): bool {
    return this.givenMean != 0;
  }
}

/** Behind a launch's fields: room for the five vectors of `pinned`. */
// @ts-expect-error: decorator
@inline export const PINS: usize = (offsetof<Launch>() + 15) & ~15;

/** How much memory a launch takes. */
// @ts-expect-error: decorator
@inline export const LAUNCH_BYTES: usize = PINS + 5 * 16;
