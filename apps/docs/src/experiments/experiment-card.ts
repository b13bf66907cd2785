import { chartLegend, escaped, lineChart } from '../charts/line-chart';
import type en from '../text/en/learn/experiments';
import type { ExperimentName } from './experiment-names';
import { type RecordedExperiment, recordedLines } from './recorded/recording';

export type Words = typeof en;

/** An experiment as HTML: its claim, its recorded plot, what came of the recorded runs, and the place of a run in the page. */
export function experimentCard(words: Words, name: ExperimentName, recorded: RecordedExperiment): string {
  const own = words.experiments[name];
  const counts = { supports: 0, unclear: 0, contradicts: 0 };
  for (const { verdict } of recorded.outcomes) counts[verdict] += 1;
  const verdict = words.recordedRuns(counts);
  const conclusion = own.conclude(medianFigures(recorded));
  const lines = recordedLines(recorded, words.series);
  const { x, y } = own;
  const chart = { lines, xLabel: x, yLabel: y, label: `${own.claim} ${conclusion}` };
  return [
    `<article class="experiment-card" id="experiment-${name}" data-experiment="${name}">`,
    `<h3>${escaped(own.claim)}</h3>`,
    own.batchNorm && own.layerNorm ? twoSides(words, [own.batchNorm, own.layerNorm]) : '',
    `<figure><figcaption>${chartLegend(lines.map((line) => line.name))}</figcaption>`,
    `<div class="plot" id="plot-${name}">${lineChart({ ...chart, logarithmic: recorded.logarithmic })}</div></figure>`,
    `<p class="recorded" data-supporting="${counts.supports}"><strong>${escaped(verdict)}</strong>${spaceAfter(verdict)}${escaped(`${words.medians}${spaceAfter(words.medians)}${conclusion}`)}</p>`,
    `<p class="hint">${escaped(`${own.method}${spaceAfter(own.method)}${own.holds}`)}</p>`,
    `<ExperimentRun name="${name}" />`,
    '</article>',
  ].join('');
}

/** Between two sentences: a Chinese mark has its own room. */
const spaceAfter = (sentence: string) => (/[。：]$/.test(sentence) ? '' : ' ');

/** What is said of Batch Norm, and of Layer Norm. */
export function twoSides({ sides: names }: Words, texts: readonly [string, string]): string {
  const side = (i: 0 | 1) => `<div><dt>${names[i]}</dt><dd>${escaped(texts[i])}</dd></div>`;
  return `<dl class="sides">${side(0)}${side(1)}</dl>`;
}

/** Of each figure its median over the seeds. What JSON has as null was infinite. */
function medianFigures({ outcomes }: RecordedExperiment): Record<string, number> {
  return Object.fromEntries(
    Object.keys(outcomes[0].figures).map((name) => {
      const values = outcomes.map(({ figures }) => figures[name] ?? Infinity).sort((a, b) => a - b);
      return [name, values[Math.floor(values.length / 2)]];
    }),
  );
}
