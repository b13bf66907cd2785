import { MODES, OPS } from '@normlayers/core';
import { escaped } from '../../charts/line-chart';
import { environmentWords } from '../../environment/environment-words';
import en from '../../text/en/prove/conformance';
import environmentEn from '../../text/en/prove/environment';
import zh from '../../text/zh/prove/conformance';
import environmentZh from '../../text/zh/prove/environment';
import { SIGNS, statesIn } from '../cases/case-state';
import {
  cellKey,
  type RecordedAdapter,
  type RecordedResults,
  type RecordedRuntime,
  stateOfCell,
} from './recorded-results';

type Words = typeof en;

/**
 * The recorded results as HTML: for each runtime a table with a row for each back end and a cell for each operation, with the
 * fewest digits right by mode. A cell's link opens the page on its worst case and runs it.
 */
export function recordedMatrix(
  recorded: readonly (readonly [RecordedRuntime, RecordedResults])[],
  language: 'en' | 'zh',
): string {
  const words: Words = language === 'zh' ? zh : en;
  const environment = language === 'zh' ? environmentZh : environmentEn;
  const tables = recorded.map(([runtime, results], i) => {
    const made = [
      String(results.environment.date ?? '').slice(0, 10),
      ...environmentWords(results.environment, environment),
    ].join(' · ');
    const table = `${tableOf(runtime, results, words)}<p class="hint">${escaped(made)}</p>`;
    const title = escaped(words.recorded.runtimes[runtime]);
    return `<details class="recorded-runtime"${i === 0 ? ' open' : ''}><summary>${title}</summary>${table}</details>`;
  });
  return `<div class="recorded-matrix"><p class="recorded-note">${escaped(words.recorded.note)}</p>${tables.join('')}</div>`;
}

function tableOf(runtime: RecordedRuntime, { adapters }: RecordedResults, words: Words): string {
  const head = OPS.map((op) => `<th scope="col">${op}</th>`).join('');
  const ran = adapters.filter(({ cells }) => cells !== undefined);
  const absent = adapters.filter(({ cells }) => cells === undefined).map(({ name }) => name);
  const rows = ran.map((adapter) => rowOf(adapter, words)).join('');
  const left = absent.length === 0 ? '' : `<p class="hint">${escaped(words.recorded.absent(absent))}</p>`;
  return [
    `<div class="scroller" tabindex="0" role="region" aria-label="${escaped(words.recorded.runtimes[runtime])}">`,
    `<table data-recorded="${runtime}"><thead><tr><th scope="col">${words.recorded.adapter}</th>${head}</tr></thead><tbody>${rows}</tbody></table></div>`,
    left,
  ].join('');
}

function rowOf({ name, cells = {} }: RecordedAdapter, words: Words): string {
  const parts = name.split(/(?<=[:/])/).map(escaped);
  const columns = OPS.map((op) => {
    const modes = MODES.map((mode) => {
      const cell = cells[cellKey(op, mode)];
      if (cell === undefined) return '';
      const state = stateOfCell(cell);
      const counts = statesIn(cell.counts)
        .map((own) => `${cell.counts[own]} ${words.states[own]}`)
        .join(', ');
      const shown =
        state === 'unsupported' ? SIGNS.unsupported : `${SIGNS[state]} ${cell.digits?.toFixed(1) ?? '·'}`;
      const spoken = `${name}, ${op} ${mode}: ${counts}${cell.digits === null ? '' : `, ${words.recorded.digits(cell.digits)}`}`;
      const attributes = `class="state-${state}" title="${escaped(`${mode}: ${counts}`)}" aria-label="${escaped(spoken)}"`;
      if (cell.worst === null) return `<span role="img" ${attributes}>${shown}</span>`;
      const query = new URLSearchParams({ adapters: name, case: cell.worst });
      return `<a href="?${escaped(query.toString())}#here" ${attributes}>${shown}</a>`;
    });
    return `<td>${modes.join(' ')}</td>`;
  });
  return `<tr><th scope="row">${parts.join('<wbr />')}</th>${columns.join('')}</tr>`;
}
