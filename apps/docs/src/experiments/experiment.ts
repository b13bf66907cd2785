/** Whether a run bore out what the table says. */
export type Verdict = 'supports' | 'contradicts' | 'unclear';

/** What came of a run: computed from its points, never written beforehand. */
export interface Outcome {
  readonly verdict: Verdict;
  /** The numbers that the verdict rests on, by the names that the text gives them. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Adds a point to a line of the plot. */
export type Emit = (series: string, x: number, y: number) => void;

/** What an experiment plots. */
export interface Lines {
  /** The lines, in the order of the legend. */
  readonly series: readonly string[];
  /** Logarithmic axes. */
  readonly logarithmic?: { readonly x?: boolean; readonly y?: boolean };
}

export interface Experiment extends Lines {
  run(seed: number, emit: Emit): Promise<Outcome>;
}
