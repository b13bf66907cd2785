/**
 * Sums in T are over so many bytes of rows, and then join the float64 ones. The first-level cache holds such
 * a chunk and the next one.
 */
const CHUNK: usize = 12288;

/** With fewer rows than these in a chunk, joining the float64 sums would cost as much as summing. */
const FEWEST_ROWS: usize = 32;

/** A chunk of longer rows lies in the second-level cache, where the next one has no room beside it. */
const LONGEST_READ_AHEAD: usize = 1024;

/** How many elements a chunk has. */
// @ts-expect-error: decorator
@inline
export function chunkElements<T>(columns: usize): usize {
  return max<usize>(CHUNK / (columns * sizeof<T>()), FEWEST_ROWS) * columns;
}

/**
 * From which byte of x on to read while the chunk from element `begin` to `full` is summed column by column.
 * It is the next chunk, which begins at element `end`: read in the order of memory it is in the cache when
 * its columns are summed. Batch Norm's training on [100352, 64] takes 3.4 ms instead of 5.1, backward 6.8
 * instead of 8.8. As many bytes are read as the chunk has, and none behind the data's end.
 */
// @ts-expect-error: decorator
@inline
export function readAhead<T>(columns: usize, begin: usize, full: usize, end: usize, elements: usize): usize {
  return min(columns * sizeof<T>() > LONGEST_READ_AHEAD ? begin : end, elements - full + begin) * sizeof<T>();
}
