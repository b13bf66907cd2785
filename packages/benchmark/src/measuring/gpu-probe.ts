/** Sees what is asked of GPUs, whoever asks: where calls compute on one, it counts their passes and waits for them. */
export interface GpuProbe {
  /** Dispatches and draws so far. */
  readonly passes: number;
  /** Done when GPUs have done all that was handed to them. Nothing is returned where nothing is outstanding. */
  settled(): Promise<void> | undefined;
}
