/** One thing that was changed. */
export interface Change {
  readonly kind: 'fuse' | 'fold' | 'opset';
  /** The operator that was written, the layer that took the scaling in, or the opset that the model was raised to. */
  readonly into: string;
  /** The nodes that were taken out. */
  readonly nodes: readonly string[];
  readonly output: string;
}
