/** What a benchmark is doing, as a code with its values; `stageText` says it in English. */
export type BenchStage =
  /** Works out the true answer. */
  | { readonly code: 'reference' }
  /** Asks an adapter for its first answer, and judges it. */
  | { readonly code: 'checking'; readonly adapter: string }
  | { readonly code: 'warming-up' }
  /** Counted from 1. */
  | { readonly code: 'round'; readonly round: number; readonly of: number }
  | { readonly code: 'done' };

/** A stage in English: `reference`, `checking tfjs/wasm`, `warming up`, `round 3 of 25`, `done`. */
export function stageText(stage: BenchStage): string {
  switch (stage.code) {
    case 'checking':
      return `checking ${stage.adapter}`;
    case 'warming-up':
      return 'warming up';
    case 'round':
      return `round ${stage.round} of ${stage.of}`;
    default:
      return stage.code;
  }
}
