import { type Geometry, unitsFollow } from '../kernels/geometry';

/**
 * Less is done sooner by one thread: waking another takes some 50 microseconds (measured: [256, 768] lost a
 * quarter).
 */
const LEAST_BYTES = 1024 * 1024;
/** Chunks of so many bytes, so that a thread that comes late finds something left to do. */
const CHUNK_BYTES = 128 * 1024;
/**
 * Each thread goes through all rows for its columns. Of fewer than these the processor fetches the others'
 * too: with 32 of 64 channels two threads took 1.5 times as long as one (measured).
 */
const LEAST_COLUMNS = 512;

/** How many units a thread takes at a time; 0 where one thread is to do it all. */
export function unitsAtOnce(geometry: Geometry, unitBytes: number, threads: number): number {
  const { kind, units } = geometry;
  if (units * unitBytes < LEAST_BYTES) return 0;
  const share = Math.ceil(units / threads);
  const chunk = chunkOf(geometry, unitBytes, share);
  if (chunk >= units || (kind === 'columns' && chunk < LEAST_COLUMNS)) return 0;
  return chunk;
}

function chunkOf(geometry: Geometry, unitBytes: number, share: number): number {
  if (geometry.kind === 'columns') return Math.ceil(share / 16) * 16;
  if (unitsFollow(geometry)) return Math.max(1, Math.min(Math.floor(CHUNK_BYTES / unitBytes), share));
  // Channels whose stretches lie apart are computed in the order of memory: the more neighbours, the better.
  return Math.ceil(share / 4);
}
