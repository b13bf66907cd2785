/** What a page says of an experiment. */
export interface ExperimentText {
  readonly claim: string;
  /** What is said of either, where the claim is of both. */
  readonly batchNorm?: string;
  readonly layerNorm?: string;
  readonly method: string;
  /** How far it holds. */
  readonly holds: string;
  readonly x: string;
  readonly y: string;
  readonly conclude: (figures: Readonly<Record<string, number>>) => string;
}
