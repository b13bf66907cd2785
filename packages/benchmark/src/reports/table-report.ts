import { type TextCell, textTable } from '@normlayers/conformance';
import { sizeOf } from '@normlayers/core/adapter';
import pc from 'picocolors';
import { byteSize, duration, figures, groupTitle } from '../cases/case-title';
import type { BenchCaseReport, BenchReport, BenchResult, Skipped } from './bench-report';
import { isCopy, isRanked, tierOf } from './rank';

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
 * One case: the fastest accurate or ordinary answer on top, each with its digits and its speed as a bar. Imprecise answers
 * stand below, marked `!`, then wrong ones, marked `✗`, without a bar; then who was not timed, with the reason.
 */
export function caseTable(
  report: BenchCaseReport,
  { colour = false, barWidth = 24 }: TableOptions = {},
): string {
  const { bold, dim, green, red, yellow } = pc.createColors(colour);
  const { results, skipped, shape, dtype } = report;
  const fastest = Math.min(...results.map(({ medianMs }) => medianMs));
  const counted = results.some(({ passes }) => passes !== undefined);
  const paintOf = ({ adapter, kind, ...result }: BenchResult) => {
    if (!isRanked(result)) return tierOf(result) === 1 ? yellow : red;
    if (isCopy({ adapter })) return dim;
    return kind === 'native' ? yellow : green;
  };
  const shared = results.some(({ shareOfCopy }) => shareOfCopy !== undefined);
  const head = [
    ...['', 'median', 'p10 to p90', 'memcpy', 'GB/s', 'digits'],
    ...(counted ? ['passes'] : []),
    ...(shared ? ['of gpu-copy'] : []),
  ];
  const lines = textTable(
    [
      [...head, ''].map((text) => ({ text, paint: dim })),
      ...results.map((result): TextCell[] => {
        const paint = paintOf(result);
        const painted = isRanked(result) ? {} : { paint };
        const figures = cells(result, counted, shared).map((text) => ({ text, ...painted }));
        return [...figures, { text: lastCell(result, fastest, barWidth), paint }];
      }),
    ],
    { left: [0, head.length] },
  );
  const width = Math.max(...results.map(({ adapter }) => adapter.length));
  return [
    `${bold(`${groupTitle(report)}, [${shape.join(', ')}]`)}  ${dim(`x is ${byteSize(sizeOf(shape) * ELEMENT_BYTES[dtype])}`)}`,
    ...lines.map((line) => `  ${line}`),
    ...skipped.map(({ adapter, reason, issue }) =>
      dim(`  ${adapter.padEnd(width)}  not timed: ${reason}${issue === undefined ? '' : ` (${issue})`}`),
    ),
  ].join('\n');
}

function cells({ adapter, ...result }: BenchResult, counted: boolean, shared: boolean): string[] {
  const { medianMs, p10Ms, p90Ms, timesMemcpy, gbPerSecond, digits, passes, shareOfCopy } = result;
  return [
    adapter,
    duration(medianMs),
    `${duration(p10Ms)} to ${duration(p90Ms)}`,
    `${figures(timesMemcpy)}x`,
    figures(gbPerSecond),
    isCopy({ adapter }) ? '' : digits.toFixed(1),
    ...(counted ? [passes === undefined ? '' : String(passes)] : []),
    ...(shared ? [shareOfCopy === undefined ? '' : `${figures(100 * shareOfCopy)} %`] : []),
  ];
}

/** A bar; for an imprecise answer what is wrong with it behind the bar, for a wrong one that alone. */
function lastCell(result: BenchResult, fastest: number, barWidth: number): string {
  const length = bar((fastest / result.medianMs) * barWidth);
  const tier = tierOf(result);
  if (tier === 0) return length;
  return tier === 1 ? `${length} ! imprecise: ${result.message}` : `✗ wrong: ${result.message}`;
}

/** A bar of so many characters, to an eighth of one; never nothing. */
function bar(length: number): string {
  const eighths = Math.max(Math.round(length * 8), 1);
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}

/** In a sentence: who was fastest, how often, of those with an accurate or ordinary answer; copies aside. */
export function benchVerdict({ cases }: BenchReport): string {
  const wins = new Map<string, number>();
  const unranked = { imprecise: 0, wrong: 0 };
  for (const { results } of cases) {
    for (const { grade } of results) if (grade === 'imprecise' || grade === 'wrong') unranked[grade]++;
    const first = results.find((result) => isRanked(result) && !isCopy(result));
    if (first !== undefined) wins.set(first.adapter, (wins.get(first.adapter) ?? 0) + 1);
  }
  const order = [...wins].sort(([, a], [, b]) => b - a);
  const told = order.map(([name, count]) => `${name} ${count}`).join(', ');
  const total = cases.length === 1 ? '1 case' : `${cases.length} cases`;
  const left = Object.entries(unranked).flatMap(([grade, count]) =>
    count === 0 ? [] : [`${grade} ${count}`],
  );
  const notRanked = left.length === 0 ? '' : ` Not ranked, for their answers: ${left.join(', ')}.`;
  return order.length === 0
    ? `Nothing that can be ranked ran in ${total}.${notRanked}`
    : `Fastest, of ${total}: ${told}.${notRanked}`;
}
