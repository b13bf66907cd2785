import { Launch } from '../launch';

/**
 * The columns' kernels read the data as rows of `columns` elements, where the channels come last, or first
 * with few positions. Column i is of channel (i / length) % count, and a channel's columns repeat every
 * `runStride` columns. Narrow data has several of its rows in one of these (`columns` is a multiple of
 * `runStride`), so that vectors are filled; the last row may be shorter.
 *
 * Scratch holds an element for each column: of type T in four arrays what is written with, of float64 in four
 * arrays the sums, and of float64 elements the sums' compensations in four more; then a byte for each
 * channel.
 */

/** y = (x - pivot) * factor + bias. */
// @ts-expect-error: decorator
@inline
export function pivots<T>(launch: Launch): usize {
  return launch.scratch;
}

// @ts-expect-error: decorator
@inline
export function factors<T>(launch: Launch): usize {
  return launch.scratch + launch.columns * sizeof<T>();
}

// @ts-expect-error: decorator
@inline
export function biases<T>(launch: Launch): usize {
  return launch.scratch + launch.columns * 2 * sizeof<T>();
}

/** dx = dy * factor + (x - pivot) * slope + intercept. */
// @ts-expect-error: decorator
@inline
export function slopes<T>(launch: Launch): usize {
  return launch.scratch + launch.columns * 2 * sizeof<T>();
}

// @ts-expect-error: decorator
@inline
export function intercepts<T>(launch: Launch): usize {
  return launch.scratch + launch.columns * 3 * sizeof<T>();
}

/**
 * sum(x - pivot). The other sums follow, `sumsBytes` apart: sum((x - pivot)^2), sum(dy), dot(dy, x - pivot).
 */
// @ts-expect-error: decorator
@inline
export function columnSums<T>(launch: Launch): usize {
  return launch.scratch + launch.columns * 4 * sizeof<T>();
}

// @ts-expect-error: decorator
@inline
export function sumsBytes(launch: Launch): usize {
  return launch.columns << 3;
}

/** How far behind a sum its compensation lies; 0 where there are none. */
// @ts-expect-error: decorator
@inline
export function errorsOffset<T>(launch: Launch): usize {
  return sizeof<T>() == 8 ? launch.columns << 5 : 0;
}

/** For each channel, whether it takes the slow path. */
// @ts-expect-error: decorator
@inline
export function slowChannels<T>(launch: Launch): usize {
  return columnSums<T>(launch) + (launch.columns << 5) + errorsOffset<T>(launch);
}

/** Clears the first `arrays` arrays of sums. */
export function clearColumnSums<T>(launch: Launch, arrays: usize): void {
  const sums = columnSums<T>(launch);
  memory.fill(sums, 0, arrays * sumsBytes(launch));
  if (sizeof<T>() == 8) memory.fill(sums + errorsOffset<T>(launch), 0, arrays * sumsBytes(launch));
}

// @ts-expect-error: decorator
@inline
export function firstColumn(launch: Launch): usize {
  return launch.begin * launch.length;
}

/** Where the columns of the launch's channels end: with the last channel, where its last repetition does. */
// @ts-expect-error: decorator
@inline
export function columnsEnd(launch: Launch): usize {
  return launch.end == launch.count ? launch.columns : launch.end * launch.length;
}

/** How many elements the data has. */
// @ts-expect-error: decorator
@inline
export function elementsOf(launch: Launch): usize {
  return launch.runs * launch.runStride;
}
