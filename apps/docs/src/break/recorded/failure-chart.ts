import { chartLegend, escaped, lineChart } from '../../charts/line-chart';
import en from '../../text/en/prove/break';
import zh from '../../text/zh/prove/break';
import { RATIOS } from '../hard-input';
import type { RecordedFailure } from './recorded-failure';

/** The famous failure as HTML: recorded digits right by distance from zero, a real framework's among them. */
export function failureChart({ browser, date, lines, held }: RecordedFailure, language: 'en' | 'zh'): string {
  const words: typeof en = language === 'zh' ? zh : en;
  const points = (digits: readonly (number | null)[]) =>
    RATIOS.flatMap((ratio, i) => {
      const own = digits[i] ?? null;
      return own === null ? [] : [[ratio, own] as const];
    });
  const drawn = [
    { name: words.held, points: points(held) },
    ...Object.entries(lines).map(([name, digits]) => ({ name, points: points(digits) })),
  ];
  const at = RATIOS.indexOf(1e4);
  const spoken = Object.entries(lines).map(([name, digits]) => `${name}: ${digits[at] ?? words.none}`);
  const chart = lineChart({
    lines: drawn,
    xLabel: words.ratios.layerNorm,
    yLabel: words.digitsRight,
    label: `${words.presetNames.farFromZero}, 10,000. ${spoken.join('; ')}`,
    logarithmic: { x: true },
  });
  return `<figure class="recorded-failure"><figcaption>${chartLegend(drawn.map(({ name }) => name))}</figcaption>${chart}<p class="recorded-note">${escaped(words.recordedNote(browser, date))}</p></figure>`;
}
