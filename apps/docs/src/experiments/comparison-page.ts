import { chartLegend, escaped, lineChart } from '../charts/line-chart';
import en, { type RowName } from '../text/en/learn/experiments';
import zh from '../text/zh/learn/experiments';
import type { ExperimentName } from './experiment-names';
import { type RecordedExperiment, type Recording, recordedLines } from './recorded/recording';

/** Which experiments stand behind each row. */
const ROWS: Readonly<Record<RowName, readonly ExperimentName[]>> = {
  what: ['whichGroup'],
  dependence: ['miniBatch'],
  suits: ['batchSize', 'sequences'],
  cost: ['cost'],
  advantages: ['trainingSpeed', 'generalization', 'initialWeights'],
  limits: ['online', 'slowerLayerNorm'],
};

type Words = typeof en;

/** The comparison as HTML, each row with its recorded plots: there before any script is, and without it. */
export function comparisonPage(recording: Recording, language: 'en' | 'zh'): string {
  const words: Words = language === 'zh' ? zh : en;
  const rows = Object.entries(ROWS).map(([name, experiments], i) => {
    const { title, batchNorm, layerNorm } = words.rows[name as RowName];
    return [
      `<section class="comparison-row" data-row="${name}">`,
      `<h2 id="${name}" tabindex="-1">${i + 1}. ${escaped(title)}</h2>`,
      sides(words, batchNorm, layerNorm),
      `<div class="experiments">`,
      ...experiments.map((own) => card(words, own, recording.experiments[own])),
      '</div></section>',
    ].join('');
  });
  const note = words.recordedNote(recording.node, recording.date);
  return `<p class="recorded-note">${escaped(note)}</p>${rows.join('')}`;
}

function sides({ sides: names }: Words, batchNorm: string, layerNorm: string): string {
  const side = (name: string, text: string) => `<div><dt>${name}</dt><dd>${escaped(text)}</dd></div>`;
  return `<dl class="sides">${side(names[0], batchNorm)}${side(names[1], layerNorm)}</dl>`;
}

function card(words: Words, name: ExperimentName, recorded: RecordedExperiment): string {
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
    sides(words, own.batchNorm, own.layerNorm),
    `<figure><figcaption>${chartLegend(lines.map((line) => line.name))}</figcaption>`,
    `<div class="plot" id="plot-${name}">${lineChart({ ...chart, logarithmic: recorded.logarithmic })}</div></figure>`,
    `<p class="recorded" data-supporting="${counts.supports}"><strong>${escaped(verdict)}</strong> ${escaped(`${words.medians} ${conclusion}`)}</p>`,
    `<p class="hint">${escaped(`${own.method} ${own.holds}`)}</p>`,
    `<ExperimentRun name="${name}" />`,
    '</article>',
  ].join('');
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
