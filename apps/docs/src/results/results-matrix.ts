import { escaped } from '../charts/line-chart';
import { noCounts, SIGNS, statesIn, worstState } from '../conformance/cases/case-state';
import type { RecordedAdapter } from '../conformance/reports/recorded-results';
import conformanceEn from '../text/en/prove/conformance';
import en from '../text/en/prove/results';
import conformanceZh from '../text/zh/prove/conformance';
import zh from '../text/zh/prove/results';
import { scrolledTable, withBreaks } from './report-heading';
import { add, type DeviceRun } from './results-list';

/**
 * Who computed what where, as HTML: a row for each adapter, a column for each device. A cell has the worst grade and the fewest
 * digits right; an adapter that did not run there is a dot, with the reason where the report gives one.
 */
export function resultsMatrix(runs: readonly DeviceRun[], language: 'en' | 'zh'): string {
  const words: typeof en = language === 'zh' ? zh : en;
  const kinds = ['ours', 'native', 'peer'];
  const kindOf = new Map(
    runs.flatMap(({ results }) => results.adapters.map(({ name, kind }) => [name, kinds.indexOf(kind)])),
  );
  const names = [...kindOf.keys()].sort((a, b) => kindOf.get(a)! - kindOf.get(b)!);
  const rows = names.map((name) => {
    const cells = runs.map(({ name: device, results }) =>
      cellOf(
        results.adapters.find((adapter) => adapter.name === name),
        `${name}, ${device}`,
        language,
      ),
    );
    return `<tr data-adapter="${escaped(name)}"><th scope="row">${withBreaks(name)}</th>${cells.join('')}</tr>`;
  });
  const head = [words.adapter, ...runs.map(({ name }) => name)];
  return scrolledTable(words.matrix, 'data-test="device-matrix"', head, rows.join(''));
}

function cellOf(adapter: RecordedAdapter | undefined, where: string, language: 'en' | 'zh'): string {
  const { states, recorded } = language === 'zh' ? conformanceZh : conformanceEn;
  const counts = noCounts();
  const cells = Object.values(adapter?.cells ?? {});
  for (const cell of cells) add(counts, cell.counts);
  const state = worstState(counts);
  if (state === 'notRun') {
    const why = [states.notRun, adapter?.reason].filter((part) => part !== undefined).join(': ');
    return `<td><span role="img" class="state-notRun" title="${escaped(why)}" aria-label="${escaped(`${where}: ${why}`)}">${SIGNS.notRun}</span></td>`;
  }
  const digits = cells.reduce((least, cell) => Math.min(least, cell.digits ?? Infinity), Infinity);
  const spoken = [
    ...statesIn(counts).map((own) => `${counts[own]} ${states[own]}`),
    ...(Number.isFinite(digits) ? [recorded.digits(digits)] : []),
  ].join(', ');
  const shown = Number.isFinite(digits) ? `${SIGNS[state]} ${digits.toFixed(1)}` : SIGNS[state];
  return `<td><span role="img" class="state-${state}" title="${escaped(spoken)}" aria-label="${escaped(`${where}: ${spoken}`)}">${shown}</span></td>`;
}
