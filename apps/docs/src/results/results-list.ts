import { escaped } from '../charts/line-chart';
import { noCounts, type StateCounts, statesIn } from '../conformance/cases/case-state';
import type { RecordedResults } from '../conformance/reports/recorded-results';
import conformanceEn from '../text/en/prove/conformance';
import en from '../text/en/prove/results';
import conformanceZh from '../text/zh/prove/conformance';
import zh from '../text/zh/prove/results';
import { reportHeading, scrolledTable } from './report-heading';

/** A run of the suite somewhere: its file's name, or what this project calls its own. */
export interface DeviceRun {
  readonly name: string;
  readonly results: RecordedResults;
}

/** Everybody's runs as HTML: a row for each, with its environment, what its cases came to, and what was not run. */
export function resultsList(runs: readonly DeviceRun[], language: 'en' | 'zh'): string {
  const words: typeof en = language === 'zh' ? zh : en;
  const states = (language === 'zh' ? conformanceZh : conformanceEn).states;
  const rows = runs.map(({ name, results }) => {
    const ran = results.adapters.filter(({ cells }) => cells !== undefined);
    const absent = results.adapters.filter(({ cells }) => cells === undefined);
    const counted = (kind: 'ours' | 'native') => {
      const counts = noCounts();
      for (const { cells = {} } of ran.filter((adapter) => adapter.kind === kind)) {
        for (const cell of Object.values(cells)) add(counts, cell.counts);
      }
      const shown = statesIn(counts);
      if (shown.length === 0) return `<span class="state-notRun">${states.notRun}</span>`;
      // The comma stays with what it follows.
      return shown
        .map((state, i) => {
          const comma = i === shown.length - 1 ? '' : words.comma;
          return `<span class="state-${state}">${counts[state].toLocaleString('en-US')} ${states[state]}${comma}</span>`;
        })
        .join(' ');
    };
    return [
      `<tr data-run="${escaped(name)}">${reportHeading(name, results.environment, language)}`,
      `<td>${counted('ours')}</td><td>${counted('native')}</td>`,
      `<td>${escaped(absent.map((adapter) => adapter.name).join(', ') || words.nothing)}</td></tr>`,
    ].join('');
  });
  const head = [words.device, words.ours, words.native, words.absent];
  return scrolledTable(words.device, 'data-test="device-runs"', head, rows.join(''));
}

export function add(counts: StateCounts, more: Partial<StateCounts>): void {
  for (const state of statesIn(more)) counts[state] += more[state] ?? 0;
}
