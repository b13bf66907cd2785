import { EXPERIMENTS } from '../all-experiments';
import type { Outcome } from '../experiment';
import type { ExperimentName } from '../experiment-names';
import type { RecordedExperiment } from './recording';

export const SEEDS = [1, 2, 3, 4, 5];
/** A plot of a few hundred pixels shows no more. */
const MOST_POINTS = 50;

/** Runs an experiment with each seed. */
export async function recordExperiment(
  name: ExperimentName,
  seeds: readonly number[] = SEEDS,
): Promise<RecordedExperiment> {
  const { series, logarithmic = {}, run } = EXPERIMENTS[name];
  const seen = new Map<string, Map<number, number[]>>(series.map((own) => [own, new Map()]));
  const outcomes: (Outcome & { seed: number })[] = [];
  for (const seed of seeds) {
    const { verdict, figures } = await run(seed, (line, x, y) => {
      const own = seen.get(line)!;
      own.set(x, [...(own.get(x) ?? []), y]);
    });
    outcomes.push({ seed, verdict, figures: mapped(figures, rounded) });
  }
  const lines = [...seen].map(([own, points]) => ({ series: own, points: thinned(points) }));
  return { lines, logarithmic, outcomes };
}

function thinned(points: ReadonlyMap<number, number[]>): RecordedExperiment['lines'][number]['points'] {
  const xs = [...points.keys()].sort((a, b) => a - b);
  const step = Math.ceil(xs.length / MOST_POINTS);
  return xs
    .filter((_, i) => i % step === 0 || i === xs.length - 1)
    .map((x) => {
      const ys = points.get(x)!.toSorted((a, b) => a - b);
      return [x, ys[0], ys[Math.floor(ys.length / 2)], ys[ys.length - 1]].map(rounded) as [
        number,
        number,
        number,
        number,
      ];
    });
}

function mapped(
  figures: Readonly<Record<string, number>>,
  map: (value: number) => number,
): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, map(value)]));
}

/** Four digits, which is what a plot and a sentence show. What is infinite is null in JSON. */
function rounded(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : value;
}
