import { escaped } from '../charts/line-chart';
import en, { type RowName } from '../text/en/learn/experiments';
import zh from '../text/zh/learn/experiments';
import { experimentCard, twoSides, type Words } from './experiment-card';
import type { ComparisonName } from './experiment-names';
import type { Recording } from './recorded/recording';

/** Which experiments stand behind each row. */
const ROWS: Readonly<Record<RowName, readonly ComparisonName[]>> = {
  what: ['whichGroup'],
  dependence: ['miniBatch'],
  suits: ['batchSize', 'sequences'],
  cost: ['cost'],
  advantages: ['trainingSpeed', 'generalization', 'initialWeights'],
  limits: ['online', 'slowerLayerNorm'],
};

/** The comparison as HTML, each row with its recorded plots: there before any script is, and without it. */
export function comparisonPage(recording: Recording, language: 'en' | 'zh'): string {
  const words: Words = language === 'zh' ? zh : en;
  const rows = Object.entries(ROWS).map(([name, experiments], i) => {
    const { title, batchNorm, layerNorm } = words.rows[name as RowName];
    return [
      `<section class="comparison-row" data-row="${name}">`,
      `<h2 id="${name}" tabindex="-1">${i + 1}. ${escaped(title)}</h2>`,
      twoSides(words, [batchNorm, layerNorm]),
      `<div class="experiments">`,
      ...experiments.map((own) => experimentCard(words, own, recording.experiments[own])),
      '</div></section>',
    ].join('');
  });
  return `${recordedNote(recording, language)}${rows.join('')}`;
}

/** What the plots are, and when they were recorded. */
export function recordedNote({ node, date }: Recording, language: 'en' | 'zh'): string {
  const words: Words = language === 'zh' ? zh : en;
  return `<p class="recorded-note">${escaped(words.recordedNote(node, date))}</p>`;
}
