import type { ChartLine } from '../../charts/line-chart';
import type { Outcome } from '../experiment';
import type { ExperimentName } from '../experiment-names';

/** What was recorded of an experiment: each line's median over the seeds and its spread, and what each seed came to. */
export interface RecordedExperiment {
  readonly lines: readonly {
    readonly series: string;
    /** x, and the least, the median and the largest y of the seeds. */
    readonly points: readonly (readonly [x: number, least: number, median: number, most: number])[];
  }[];
  readonly logarithmic: { readonly x?: boolean; readonly y?: boolean };
  readonly outcomes: readonly (Outcome & { readonly seed: number })[];
}

export interface Recording {
  /** Node's version: another's Math functions may round otherwise, and training runs part from there. */
  readonly node: string;
  readonly date: string;
  readonly experiments: Readonly<Record<ExperimentName, RecordedExperiment>>;
}

/** The recorded lines as a chart's. */
export function recordedLines(
  { lines }: RecordedExperiment,
  names: Readonly<Record<string, string>>,
): ChartLine[] {
  return lines.map(({ series, points }) => ({
    name: names[series] ?? series,
    points: points.map(([x, , median]) => [x, median] as const),
    spread: points.map(([x, least, , most]) => [x, least, most] as const),
  }));
}
