import { sizeOf } from '@normlayers/core';
import pc from 'picocolors';
import { byteSize, duration, figures, groupTitle } from '../cases/case-title';
import type { BenchReport, BenchResult, CaseReport, Skipped } from './bench-report';

export interface TableOptions {
  /** ANSI colours. Default: none. */
  readonly colour?: boolean;
  /** How long the longest bar is, in characters. Default: 24. */
  readonly barWidth?: number;
}

const ELEMENT_BYTES = { float64: 8, float32: 4, float16: 2 } as const;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A run as text: a table for each case, and what could not be had. */
export function reportTables({ cases, unavailable }: BenchReport, options: TableOptions = {}): string {
  return [...cases.map((report) => caseTable(report, options)), unavailableOnes(unavailable, options)]
    .filter((section) => section !== '')
    .join('\n\n');
}

/** Contenders that could not be had, a line each. */
export function unavailableOnes(
  unavailable: readonly Skipped[],
  { colour = false }: TableOptions = {},
): string {
  const { dim } = pc.createColors(colour);
  return unavailable
    .map(({ adapter, reason }) => dim(`${adapter} is not available here: ${reason}`))
    .join('\n');
}

/**
 * One case: the fastest on top, each with its speed as a bar. Wrong answers stand below without a rank, then who was not
 * timed, with the reason.
 */
export function caseTable(report: CaseReport, { colour = false, barWidth = 24 }: TableOptions = {}): string {
  const { bold, dim, green, red, yellow } = pc.createColors(colour);
  const { results, skipped, shape, dtype } = report;
  const fastest = Math.min(...results.map(({ medianMs }) => medianMs));
  const counted = results.some(({ passes }) => passes !== undefined);
  const rows = [
    ['', 'median', 'p10 to p90', 'memcpy', 'GB/s', ...(counted ? ['passes'] : []), ''],
    ...results.map((result) => cells(result, fastest, barWidth, counted)),
  ];
  const last = rows[0].length - 1;
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row, r) => {
    const result = results[r - 1];
    const padded = row.map((text, column) =>
      column === 0 || column === last
        ? text.padEnd(column === last ? 0 : widths[column])
        : text.padStart(widths[column]),
    );
    if (result === undefined) return `  ${dim(padded.join('  ')).trimEnd()}`;
    if (!result.correct) return `  ${red(`${padded.slice(0, last).join('  ')}  wrong: ${result.message}`)}`;
    const bar = result.adapter === 'memcpy' ? dim : result.adapter.startsWith('native:') ? yellow : green;
    return `  ${padded.slice(0, last).join('  ')}  ${bar(padded[last])}`;
  });
  const size = byteSize(sizeOf(shape) * ELEMENT_BYTES[dtype]);
  return [
    `${bold(`${groupTitle(report)}, [${shape.join(', ')}]`)}  ${dim(`x is ${size}`)}`,
    ...lines,
    ...skipped.map(({ adapter, reason, issue }) =>
      dim(`  ${adapter.padEnd(widths[0])}  not timed: ${reason}${issue === undefined ? '' : ` (${issue})`}`),
    ),
  ].join('\n');
}

function cells(result: BenchResult, fastest: number, barWidth: number, counted: boolean): string[] {
  const { adapter, medianMs, p10Ms, p90Ms, timesMemcpy, gbPerSecond, passes } = result;
  return [
    adapter,
    duration(medianMs),
    `${duration(p10Ms)} to ${duration(p90Ms)}`,
    `${figures(timesMemcpy)}x`,
    figures(gbPerSecond),
    ...(counted ? [passes === undefined ? '' : String(passes)] : []),
    bar((fastest / medianMs) * barWidth),
  ];
}

/** A bar of so many characters, to an eighth of one; never nothing. */
function bar(length: number): string {
  const eighths = Math.max(Math.round(length * 8), 1);
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}

/** In a sentence: who was fastest, how often, of those with the right answer; memcpy aside. */
export function verdict({ cases }: BenchReport): string {
  const wins = new Map<string, number>();
  let wrong = 0;
  for (const { results } of cases) {
    wrong += results.filter(({ correct }) => !correct).length;
    const first = results.find(({ adapter, correct }) => correct && adapter !== 'memcpy');
    if (first !== undefined) wins.set(first.adapter, (wins.get(first.adapter) ?? 0) + 1);
  }
  const order = [...wins].sort(([, a], [, b]) => b - a);
  const told = order.map(([name, count]) => `${name} ${count}`).join(', ');
  const total = cases.length === 1 ? '1 case' : `${cases.length} cases`;
  const unranked = wrong === 0 ? '' : ` Not ranked, for a wrong answer: ${wrong}.`;
  return order.length === 0 ? `Nothing ran in ${total}.` : `Fastest, of ${total}: ${told}.${unranked}`;
}
