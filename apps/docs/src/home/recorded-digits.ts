/** How far from zero the row stands, in standard deviations. */
export const OFFSETS = [1, 10, 100, 1e3, 1e4, 1e5];

/** Whose digits are shown: the textbook's E[x^2] - E[x]^2, a framework's own operator, ours on the same framework. */
export const SHOWN = ['textbook', 'native:onnxruntime-web/wasm', 'onnxruntime-web/wasm'] as const;

export interface RecordedDigits {
  readonly offsets: readonly number[];
  /** Digits right of each, by offset. */
  readonly lines: Readonly<Record<string, readonly number[]>>;
}
