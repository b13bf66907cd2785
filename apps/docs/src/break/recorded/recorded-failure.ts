/** Digits right of the famous failure, a row of 768 numbers ever further from zero. */
export interface RecordedFailure {
  /** Where the WebGPU lines come from. */
  readonly browser: string;
  readonly date: string;
  /** By adapter, for each of `RATIOS`; null: no answer. */
  readonly lines: Readonly<Record<string, readonly (number | null)[]>>;
  /** What the data hold, for each of `RATIOS`. */
  readonly held: readonly number[];
}

/** A framework's operator on a GPU, and ours in its place, as a page has them; what Node can tell as well. */
export const IN_BROWSER = ['native:onnxruntime-web/webgpu:native', 'onnxruntime-web/webgpu:native'] as const;
export const IN_NODE = ['native:onnxruntime-web/wasm', 'onnxruntime-web/wasm'] as const;
