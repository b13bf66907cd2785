import { escaped } from '../charts/line-chart';
import {
  isTheirs,
  isUnranked,
  ladderBars,
  ladderCases,
  type RecordedBench,
  type RecordedTime,
} from '../speed/recorded-ladder';
import en from '../text/en/prove/results';
import speedEn from '../text/en/prove/speed';
import zh from '../text/zh/prove/results';
import speedZh from '../text/zh/prove/speed';
import { shortFigure } from '../widgets/figures';
import { reportHeading, scrolledTable } from './report-heading';

/** A run of the benchmark somewhere: its file's name, or what this project calls its own. */
export interface DeviceBench {
  readonly name: string;
  readonly bench: RecordedBench;
}

/**
 * Everybody's times as HTML: a row for each device with its environment, then a matrix with a row for each case and a column for
 * each device, which has the fastest of ours and the fastest of the frameworks' own, then each device's bars.
 */
export function benchMatrix(runs: readonly DeviceBench[], language: 'en' | 'zh'): string {
  const words: typeof en = language === 'zh' ? zh : en;
  const speed: typeof speedEn = language === 'zh' ? speedZh : speedEn;
  const list = runs.map(({ name, bench }) => {
    const unranked = new Set(bench.results.filter(isUnranked).map(({ adapter }) => adapter));
    const timed = new Set(bench.results.map(({ adapter }) => adapter)).size - 1;
    return `<tr data-bench="${escaped(name)}">${reportHeading(name, bench.environment, language)}<td>${timed}</td><td>${escaped([...unranked].join(', ') || words.nothing)}</td></tr>`;
  });
  const byDevice = runs.map(({ bench }) => new Map(ladderCases(bench).map((one) => [one.key, one])));
  const cases = new Map(byDevice.flatMap((own) => [...own]));
  const rows = [...cases.values()].map(({ key, title, residency }) => {
    const cells = byDevice.map((own) => cellOf(own.get(key)?.times, words));
    return `<tr><th scope="row">${escaped(title)}<br /><small>${escaped(speed.residencies[residency])}</small></th>${cells.join('')}</tr>`;
  });
  const names = runs.map(({ name }) => name);
  const ladders = runs.map(
    ({ name, bench }) =>
      `<details class="recorded-ladder"><summary>${escaped(words.bars(name))}</summary>${ladderBars(bench, speed)}</details>`,
  );
  return [
    scrolledTable(
      words.device,
      'data-test="device-benches"',
      [words.device, words.timed, words.unranked],
      list.join(''),
    ),
    `<p class="recorded-note">${escaped(words.benchNote)}</p>`,
    scrolledTable(words.benchCase, 'data-test="bench-matrix"', [words.benchCase, ...names], rows.join('')),
    ...ladders,
  ].join('');
}

/** The fastest of ours and of theirs that is ranked, in times of a copy. */
function cellOf(times: readonly RecordedTime[] | undefined, words: typeof en): string {
  if (times === undefined) return `<td><span class="state-notRun">${escaped(words.notTimed)}</span></td>`;
  const ranked = times.filter((time) => !isUnranked(time));
  const sides = ([false, true] as const).flatMap((theirs) => {
    const best = ranked.find((time) => isTheirs(time) === theirs);
    if (best === undefined) return [];
    return `<span>${escaped(theirs ? words.theirsShort : words.oursShort)} ${shortFigure(best.timesMemcpy)} × <small>${escaped(best.adapter.replace(/^native:/, ''))}</small></span>`;
  });
  const wrong = times.filter(isUnranked).length;
  if (wrong > 0) sides.push(`<span class="state-wrong">✗ ${escaped(words.wrongAnswers(wrong))}</span>`);
  return `<td>${sides.join('<br />')}</td>`;
}
