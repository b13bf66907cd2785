import { EXPERIMENTS } from './all-experiments';
import type { Experiment, Lines, Outcome } from './experiment';
import type { ExperimentName } from './experiment-names';

export interface ExperimentRequest {
  readonly name: ExperimentName;
  readonly seed: number;
}

export type ExperimentAnswer =
  | { readonly type: 'lines'; readonly lines: Lines }
  | { readonly type: 'points'; readonly points: readonly (readonly [series: string, x: number, y: number])[] }
  | { readonly type: 'done'; readonly outcome: Outcome; readonly seconds: number }
  | { readonly type: 'failed'; readonly message: string };

/** How often points are posted, in ms: the plot is seen to grow, the page keeps its time. */
const POST_EVERY = 80;

function post(answer: ExperimentAnswer): void {
  self.postMessage(answer);
}

self.onmessage = async ({ data }: MessageEvent<ExperimentRequest>) => {
  let points: [string, number, number][] = [];
  let lastPost = 0;
  const flush = () => {
    if (points.length > 0) post({ type: 'points', points });
    points = [];
    lastPost = performance.now();
  };
  const start = performance.now();
  try {
    const { run, series, logarithmic = {} }: Experiment = EXPERIMENTS[data.name];
    post({ type: 'lines', lines: { series, logarithmic } });
    const outcome = await run(data.seed, (...point) => {
      points.push(point);
      if (performance.now() - lastPost > POST_EVERY) flush();
    });
    flush();
    post({ type: 'done', outcome, seconds: (performance.now() - start) / 1000 });
  } catch (error) {
    post({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
};
