import { inspect, mend, type Norm } from '@normlayers/model';
import { escaped } from '../charts/line-chart';
import en from '../text/en/models/model';
import zh from '../text/zh/models/model';
import { advice } from './advice';
import { SAMPLE } from './sample';

/** What the page says of its sample as HTML: there before a model is dropped. Norms that are alike share a row. */
export function sampleNorms(bytes: Uint8Array, language: 'en' | 'zh'): string {
  const words: typeof en = language === 'zh' ? zh : en;
  const { norms } = inspect(bytes);
  const rows = new Map<string, Norm[]>();
  for (const norm of norms) {
    const { op, spelling, fold, rewrite } = norm;
    const key = [op, spelling, fold?.possible, rewrite?.possible].join(' ');
    rows.set(key, [...(rows.get(key) ?? []), norm]);
  }
  const cells = [...rows.values()].map(
    (alike) =>
      `<tr><th scope="row">${alike[0].op} × ${alike.length}</th><td>${escaped(alike[0].spelling)}</td><td>${escaped(advice(alike[0], words))}${alike.length > 1 ? ' …' : ''}</td></tr>`,
  );
  const { bytes: mended, changes } = mend(bytes);
  const kilobytes = (size: number) => `${(size / 1000).toFixed(0)} kB`;
  const head = [words.norm, words.spelling, words.advice].map((title) => `<th scope="col">${title}</th>`);
  return [
    `<div class="recorded-matrix" data-test="sample-norms"><p class="recorded-note">${escaped(words.sampleNote(SAMPLE, norms.length))}</p>`,
    `<div class="scroller" tabindex="0" role="region" aria-label="${SAMPLE}"><table><thead><tr>${head.join('')}</tr></thead><tbody>${cells.join('')}</tbody></table></div>`,
    `<p class="recorded-note">${escaped(words.sampleMended(changes.length, kilobytes(bytes.length), kilobytes(mended.length)))}</p></div>`,
  ].join('');
}
