import type { Residency } from '../reports/bench-report';
import { type BenchCase, isRowsOnly } from './bench-case';

/** `layerNorm inference float32, host`, with the layout where there is one. */
export function groupTitle({
  op,
  mode,
  dtype,
  layout,
  residency,
}: BenchCase & { readonly residency: Residency }): string {
  const where = layout === undefined || isRowsOnly(op) ? '' : ` ${layout}`;
  return `${op} ${mode} ${dtype}${where}, ${residency}`;
}

/** `4096x768` */
export function shapeTitle(shape: readonly number[]): string {
  return shape.join('x');
}

/** Three figures and a unit: `0.85 ms`, `4.21 µs`, `1.23 s`. */
export function duration(ms: number): string {
  if (ms < 1) return `${figures(ms * 1000)} µs`;
  return ms < 1000 ? `${figures(ms)} ms` : `${figures(ms / 1000)} s`;
}

/** Three figures, without an exponent. */
export function figures(value: number): string {
  if (!Number.isFinite(value)) return '?';
  const decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toFixed(decimals);
}

/** Bytes in a unit that a person reads: `12.6 MB`. */
export function byteSize(bytes: number): string {
  if (bytes < 1e6) return `${figures(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${figures(bytes / 1e6)} MB` : `${figures(bytes / 1e9)} GB`;
}
