import { duration, figures, groupTitle, shapeTitle } from '../cases/case-title';
import type { BenchCaseReport, BenchReport, BenchResult } from './bench-report';
import { isCopy, isRanked } from './rank';

export interface MarkdownOptions {
  /** The command that makes the run again. */
  readonly command: string;
  /** Where and when it was made, by name: `CPU`, `Node.js`, versions. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A run as a Markdown page: how it was made, then a table of contender by shape for each operation, mode and residency. */
export function toMarkdown(
  { cases, unavailable }: BenchReport,
  { command, environment }: MarkdownOptions,
): string {
  const groups = new Map<string, BenchCaseReport[]>();
  for (const report of cases) {
    const title = groupTitle(report);
    groups.set(title, [...(groups.get(title) ?? []), report]);
  }
  const notes = new Notes();
  const tables = [...groups].map(([title, reports]) => `## ${title}\n\n${table(reports, notes)}`);
  const sections = [
    '# Benchmarks',
    `Made by\n\n    ${command}`,
    markdownTable([['Where', ''], ...Object.entries(environment).map(([name, value]) => [name, value])]),
    'A cell holds the median time of a call and, in parentheses, how many times as long as a copy of x (`memcpy`) it took: ' +
      'the median over rounds of the ratio within a round. All contenders take turns in one process, warm, on one thread ' +
      'unless the name says otherwise. `device`: the data lies where the back end keeps it and the run is waited for. ' +
      '`host`: typed arrays in, typed arrays out. Passes are those of a GPU, dispatches or draws, in a call; ' +
      '`gpu-copy` is a kernel there that copies x, whose bytes per second the others have a share of. ' +
      "Each answer is checked first, every element, by the conformance suite's rule: so many digits are right in the " +
      'worst one. The fastest accurate or ordinary one is bold; an imprecise answer has a note and no rank; the time of a ' +
      '~~wrong answer~~ is struck out.',
    ...tables,
    notes.text(),
    unavailable
      .map(({ adapter, reason }) => `- \`${adapter}\` is not available here: ${escaped(reason)}`)
      .join('\n'),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** Footnotes: a reason is told once, however many cells have it. */
class Notes {
  readonly #numbers = new Map<string, number>();

  mark(reason: string): string {
    const number = this.#numbers.get(reason) ?? this.#numbers.size + 1;
    this.#numbers.set(reason, number);
    return `<sup>${number}</sup>`;
  }

  text(): string {
    if (this.#numbers.size === 0) return '';
    const lines = [...this.#numbers].map(([reason, number]) => `${number}. ${escaped(reason)}`);
    return `## Notes\n\n${lines.join('\n')}`;
  }
}

function table(reports: readonly BenchCaseReport[], notes: Notes): string {
  const names = [
    ...new Set(
      reports.flatMap(({ results, skipped }) => [...results, ...skipped].map(({ adapter }) => adapter)),
    ),
  ];
  const typical = (name: string) => {
    const ratios = reports.flatMap(({ results }) =>
      results
        .filter((result) => result.adapter === name && isRanked(result))
        .map(({ timesMemcpy }) => timesMemcpy),
    );
    return ratios.length === 0
      ? Infinity
      : ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length;
  };
  const order = new Map(names.map((name) => [name, isCopy({ adapter: name }) ? -Infinity : typical(name)]));
  names.sort((a, b) => compare(order.get(a), order.get(b)));
  return markdownTable([
    ['', ...reports.map(({ shape }) => shapeTitle(shape))],
    ...names.map((name) => [`\`${name}\``, ...reports.map((report) => cell(name, report, notes))]),
  ]);
}

function compare(a = Infinity, b = Infinity): number {
  return a === b ? 0 : a - b;
}

function cell(name: string, { results, skipped }: BenchCaseReport, notes: Notes): string {
  const result = results.find(({ adapter }) => adapter === name);
  if (result === undefined) {
    const reason = skipped.find(({ adapter }) => adapter === name)?.reason;
    return reason === undefined ? '' : `—${notes.mark(reason)}`;
  }
  if (result.grade === 'wrong') {
    return `~~${told(result)}~~${notes.mark('a wrong answer: fewer than 3 digits right, or NaN in the wrong place')}`;
  }
  if (result.grade === 'imprecise') {
    return `${told(result)}${notes.mark('an imprecise answer: off by more than ordinary rounding')}`;
  }
  const fastest = results.find((candidate) => isRanked(candidate) && !isCopy(candidate));
  return result === fastest ? `**${told(result)}**` : told(result);
}

function told({ adapter, medianMs, timesMemcpy, digits, passes, shareOfCopy }: BenchResult): string {
  if (isCopy({ adapter })) return duration(medianMs);
  const counted = passes === undefined ? '' : `, ${passes} ${passes === 1 ? 'pass' : 'passes'}`;
  const share = shareOfCopy === undefined ? '' : `, ${figures(100 * shareOfCopy)} % of gpu-copy`;
  return `${duration(medianMs)} (${figures(timesMemcpy)}x, ${digits.toFixed(1)} digits${counted}${share})`;
}

function markdownTable([head, ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  );
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
