import { isCopy } from '@normlayers/benchmark';
import type { Grade } from '@normlayers/conformance';
import { escaped } from '../charts/line-chart';
import { environmentWords } from '../environment/environment-words';
import environmentEn from '../text/en/prove/environment';
import en from '../text/en/prove/speed';
import environmentZh from '../text/zh/prove/environment';
import zh from '../text/zh/prove/speed';
import { shortFigure } from '../widgets/figures';

/** One adapter's time in one case, as `pnpm run record` keeps it of a benchmark's report. */
export interface RecordedTime {
  readonly adapter: string;
  readonly op: string;
  readonly mode: string;
  /** Absent: float32. */
  readonly dtype?: string;
  readonly shape: readonly number[];
  readonly residency: 'device' | 'host';
  readonly medianMs: number;
  readonly timesMemcpy: number;
  /** Absent in what was recorded before answers had grades. */
  readonly grade?: Grade;
  readonly digits?: number;
  /** GPU passes of one call. */
  readonly passes?: number;
}

export interface RecordedBench {
  readonly environment: Readonly<Record<string, unknown>>;
  readonly results: readonly RecordedTime[];
}

export const BENCHES = ['node', 'chromium'] as const;
export type RecordedBenchName = (typeof BENCHES)[number];

export interface LadderCase {
  readonly key: string;
  readonly title: string;
  readonly residency: RecordedTime['residency'];
  /** The fastest first; the copy itself is left out: all are told in its times. */
  readonly times: readonly RecordedTime[];
}

/** A bench's results by case. */
export function ladderCases({ results }: RecordedBench): LadderCase[] {
  const cases = new Map<string, RecordedTime[]>();
  for (const time of results.filter((time) => !isCopy(time))) {
    const key = ladderKey(time);
    cases.set(key, [...(cases.get(key) ?? []), time]);
  }
  return [...cases].map(([key, times]) => ({
    key,
    title: ladderTitle(times[0]),
    residency: times[0].residency,
    times: times.toSorted((a, b) => a.timesMemcpy - b.timesMemcpy),
  }));
}

type Where = Pick<RecordedTime, 'op' | 'mode' | 'dtype' | 'shape' | 'residency'>;

/** What a case is told by, wherever it was timed. */
export function ladderKey(time: Where): string {
  return `${ladderTitle(time)}, ${time.residency}`;
}

function ladderTitle({ op, mode, dtype = 'float32', shape }: Where): string {
  return `${op} ${mode}${dtype === 'float32' ? '' : ` ${dtype}`} ${shape.join(' × ')}`;
}

/** How long a bar is, in per cent: logarithmic, from the time of a copy up to a thousand of them. */
export function barLength({ timesMemcpy }: Pick<RecordedTime, 'timesMemcpy'>): number {
  return Math.min(100, Math.max(2, (100 * Math.log10(Math.max(1, timesMemcpy))) / 3));
}

/** The recorded times as HTML: bars in times of a copy of the same bytes. */
export function recordedLadder(
  benches: readonly (readonly [RecordedBenchName, RecordedBench])[],
  language: 'en' | 'zh',
): string {
  const words: typeof en = language === 'zh' ? zh : en;
  const environment = language === 'zh' ? environmentZh : environmentEn;
  const sections = benches.map(([name, bench]) => {
    const made = [
      String(bench.environment.date ?? '').slice(0, 10),
      ...environmentWords(bench.environment, environment),
    ].join(' · ');
    return `<section class="recorded-ladder" data-recorded-bench="${name}"><h2 id="recorded-${name}" tabindex="-1">${escaped(words.recorded[name])}</h2>${ladderBars(bench, words)}<p class="hint">${escaped(made)}</p></section>`;
  });
  return `<p class="recorded-note">${escaped(words.recordedNote)}</p>${sections.join('')}`;
}

/** A bench's times by case, as bars. */
export function ladderBars(bench: RecordedBench, words: typeof en): string {
  return ladderCases(bench)
    .map(({ key, title, residency, times }) =>
      [
        `<h3>${escaped(title)} · ${escaped(words.residencies[residency])}</h3><ol class="ladder" data-case="${escaped(key)}">`,
        ...times.map((time) => barOf(time, words)),
        '</ol>',
      ].join(''),
    )
    .join('');
}

/** Whether an answer was too poor to be ranked. */
export const isUnranked = ({ grade }: RecordedTime) => grade === 'imprecise' || grade === 'wrong';

/** Whether a time is a framework's own, or of plain loops. */
export const isTheirs = ({ adapter }: RecordedTime) =>
  adapter.startsWith('native:') || adapter.startsWith('plain');

function barOf(time: RecordedTime, words: typeof en): string {
  const { adapter, timesMemcpy, medianMs, digits, grade = 'accurate' } = time;
  const isRanked = !isUnranked(time);
  const kind = isTheirs(time) ? 'theirs' : 'ours';
  const figures = `${words.timesMemcpy(shortFigure(timesMemcpy))} · ${shortFigure(medianMs)} ms${digits === undefined ? '' : ` · ${words.digits(digits.toFixed(1))}`}${isRanked ? '' : ` · ${words.grades[grade]}`}`;
  return [
    `<li data-adapter="${escaped(adapter)}"><span class="name">${escaped(adapter)}</span>`,
    `<span class="track" aria-hidden="true"><span class="bar ${isRanked ? kind : 'wrong'}" style="width:${barLength(time).toFixed(1)}%"></span></span>`,
    `<span class="figures">${escaped(figures)}</span></li>`,
  ].join('');
}
