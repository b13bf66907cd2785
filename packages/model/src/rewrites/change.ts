/** One thing that was changed. */
export interface Change {
  /**
   * `fuse`: a chain became one operator. `widen`: a float16 chain is computed in float32. `fold`: a Batch Norm went into a
   * layer. `centre`, `rescale`: the operator's input has its mean taken off, or is divided by a power of two. `opset`: the
   * model was raised to a later one.
   */
  readonly kind: 'fuse' | 'widen' | 'fold' | 'centre' | 'rescale' | 'opset';
  /** The operator that was written or helped, the layer that took the scaling in, the type, or the opset. */
  readonly into: string;
  /** The nodes that were taken out, or changed. */
  readonly nodes: readonly string[];
  readonly output: string;
}
