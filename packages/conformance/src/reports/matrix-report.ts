import { MODES, OPS } from '@normlayers/core';
import pc from 'picocolors';
import { GRADES, type Grade, USABLE_DIGITS } from '../judging/grade';
import type { LeftOutVector } from '../vector-formats/index';
import { type AdapterReport, shortfalls } from './adapter-report';
import type { CaseGrade, CaseReport } from './case-report';
import { type TextCell, textTable } from './text-table';

export interface MatrixOptions {
  /** ANSI colours. Default: none. */
  readonly colour?: boolean;
  /** How many characters a line may have. Default: 100. */
  readonly width?: number;
  /** Vectors that no case could be made of, to be named below. */
  readonly leftOut?: readonly LeftOutVector[];
  /** How many of the cases that fall short to show of each adapter. Default: 5. */
  readonly failures?: number;
}

type Colours = ReturnType<typeof pc.createColors>;

/** What stands before the number of cases of a grade. */
const MARKS: Readonly<Record<CaseGrade, string>> = {
  accurate: '',
  ordinary: '~',
  imprecise: '!',
  wrong: '✗',
  unsupported: '—',
};

const LEGEND = `Digits right in the worst case whose data hold ${USABLE_DIGITS.float32}, float16 aside.
How many cases are ~ ordinary, ! imprecise, ✗ wrong, — unsupported; the others are accurate.`;

/**
 * The reports as text that a person reads at a glance: a block for each family of back ends, a row for each operation and
 * mode, a column for each adapter. `6.9`: so many digits are right in the worst case, and all are accurate; behind it,
 * how many are not: `2.4 ~12 !3 ✗1 —4`. Below it what to look at next.
 */
export function reportMatrix(reports: readonly AdapterReport[], options: MatrixOptions = {}): string {
  const { colour = false, width = 100, failures = 5, leftOut = [] } = options;
  const colours = pc.createColors(colour);
  const here = reports.filter(({ available }) => available);
  const held = here.filter(({ asked }) => asked !== null);
  const natives = here.filter(({ asked }) => asked === null);
  const sections = [
    ...blocksOf(here).flatMap((block) => matrix(block, colours, width)),
    here.length === 0 ? '' : colours.dim(LEGEND),
    unavailableOnes(reports, colours),
    ...held.map((report) => shortfallsOf(report, failures, colours)),
    findings(natives, colours),
    unsupportedReasons(here, colours),
    leftOutVectors([...leftOut, ...reports.flatMap((report) => report.leftOut ?? [])], colours),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

/** Adapters of one family together: `tfjs/wasm` and `native:tfjs/wasm`; those without a framework are one, too. */
function blocksOf(reports: readonly AdapterReport[]): AdapterReport[][] {
  const blocks = new Map<string, AdapterReport[]>();
  for (const report of reports) {
    const [family, backend] = report.name.replace(/^native:/, '').split('/');
    const key = backend === undefined ? '' : family;
    blocks.set(key, [...(blocks.get(key) ?? []), report]);
  }
  return [...blocks.values()];
}

/** One block, in several parts where it is wider than a line. */
function matrix(reports: readonly AdapterReport[], colours: Colours, width: number): string[] {
  const rows = rowsOf(reports, colours);
  const widthOf = (column: number) => Math.max(...rows.map((row) => row[column]?.text.length ?? 0));
  const parts: number[][] = [];
  let used = Infinity;
  reports.forEach((_, i) => {
    const column = i + 1;
    if (used + 2 + widthOf(column) > width) {
      parts.push([0]);
      used = widthOf(0);
    }
    parts.at(-1)?.push(column);
    used += 2 + widthOf(column);
  });
  return parts.map((columns) => {
    const shown = rows.map((row) => (row.length === 0 ? [] : columns.map((column) => row[column])));
    return textTable(dropEmpty(shown)).join('\n');
  });
}

/** Without the head lines that a part does not need. */
function dropEmpty(rows: readonly (readonly TextCell[])[]): (readonly TextCell[])[] {
  return rows.filter((row) => row.length === 0 || row.some(({ text }) => text !== ''));
}

function rowsOf(reports: readonly AdapterReport[], colours: Colours): TextCell[][] {
  const heads = reports.map(({ name }) => name.split(/(?<=[:/])/));
  const depth = Math.max(...heads.map((lines) => lines.length));
  const headRows = Array.from({ length: depth }, (_, line): TextCell[] => [
    { text: '' },
    ...heads.map((lines) => ({ text: lines[line - depth + lines.length] ?? '' })),
  ]);
  const places = OPS.flatMap((op) =>
    MODES.map((mode): TextCell[] => [
      { text: `${op} ${mode}` },
      ...reports.map((report) =>
        cellOf(report, (testCase) => testCase.op === op && testCase.mode === mode, colours),
      ),
    ]),
  ).filter(([, ...cells]) => cells.some(({ text }) => text !== ''));
  const figure = (title: string, of: (report: AdapterReport) => string): TextCell[] => [
    { text: title },
    ...reports.map((report) => ({ text: of(report) })),
  ];
  return [
    ...headRows,
    [],
    ...places,
    [],
    ...([...GRADES, 'unsupported'] as const).map((grade) =>
      figure(grade, ({ totals }) => (totals[grade] === 0 ? '' : String(totals[grade]))),
    ),
    figure('within strict budget', ({ cases }) => strictShare(cases)),
    figure('largest share of budget', ({ cases }) => largestShare(cases)),
  ].filter((row) => row.length === 0 || row.slice(1).some(({ text }) => text !== ''));
}

function cellOf(
  { cases, asked }: AdapterReport,
  isHere: (report: CaseReport) => boolean,
  colours: Colours,
): TextCell {
  const here = cases.filter(isHere);
  if (here.length === 0) return { text: '' };
  const count = (grade: CaseGrade) => here.filter((report) => report.grade === grade).length;
  if (count('unsupported') === here.length) return { text: MARKS.unsupported, paint: colours.dim };
  const marks = ([...GRADES, 'unsupported'] as const).flatMap((grade) =>
    grade === 'accurate' || count(grade) === 0 ? [] : [`${MARKS[grade]}${count(grade)}`],
  );
  const worst = GRADES.findLast((grade) => count(grade) > 0) ?? 'accurate';
  return { text: [fewestDigits(here), ...marks].join(' '), paint: paintOf(worst, asked, colours) };
}

function paintOf(worst: Grade, asked: Grade | null, colours: Colours): (text: string) => string {
  if (worst === 'accurate' || worst === 'ordinary') {
    return asked === 'accurate' && worst === 'ordinary' ? colours.red : colours.green;
  }
  return asked === null ? colours.yellow : colours.red;
}

/**
 * Where the data hold no digits nobody has any, so such cases say nothing of an adapter; nor does float16, whose numbers hold
 * 3.3. Of these only where there is nothing else.
 */
function fewestDigits(cases: readonly CaseReport[]): string {
  const of = (wanted: (report: CaseReport) => boolean) =>
    cases.flatMap((report) => (wanted(report) && report.digits !== null ? [report.digits] : []));
  const telling = of(
    ({ dtype, heldDigits }) => dtype !== 'float16' && (heldDigits ?? 0) >= USABLE_DIGITS[dtype],
  );
  const digits = telling.length > 0 ? telling : of(() => true);
  return digits.length === 0 ? '' : digits.reduce((a, b) => Math.min(a, b)).toFixed(1);
}

function strictShare(cases: readonly CaseReport[]): string {
  const run = cases.filter(({ grade }) => grade !== 'unsupported');
  return `${run.filter(({ strict }) => strict).length}/${run.length}`;
}

/** Of what is accurate; what is not has used more than all. */
function largestShare(cases: readonly CaseReport[]): string {
  const used = cases.flatMap(({ grade, budgetUsed }) =>
    grade === 'accurate' && budgetUsed !== null ? [budgetUsed] : [],
  );
  return used.length === 0 ? '' : used.reduce((a, b) => Math.max(a, b)).toFixed(2);
}

function unavailableOnes(reports: readonly AdapterReport[], { dim }: Colours): string {
  const absent = reports.filter(({ available }) => !available);
  return absent.map(({ name, reason }) => dim(`${name} is not available here: ${reason}`)).join('\n');
}

/** The cases that do not have the grade asked for. */
function shortfallsOf(report: AdapterReport, most: number, { red }: Colours): string {
  const { name, asked } = report;
  const short = shortfalls(report);
  if (short.length === 0) return '';
  const shown = short
    .slice(0, most)
    .map((testCase) => `  ${testCase.name} is ${testCase.grade}\n    ${testCase.message}`);
  const more =
    short.length > most ? [`  and ${short.length - most} more: all of them are in the JSON report`] : [];
  const next = `  look next at: --adapter ${name} --case ${JSON.stringify(short[0].name)}`;
  return [red(`${name} is not ${asked} in ${short.length}`), ...shown, ...more, next].join('\n');
}

/** Where the frameworks' own operators are off by more than ordinary rounding, by operation and mode. */
function findings(natives: readonly AdapterReport[], { yellow }: Colours): string {
  const lines = natives.flatMap(({ name, cases }) => {
    const beyond = cases.filter(({ grade }) => grade === 'imprecise' || grade === 'wrong');
    if (beyond.length === 0) return [];
    const places = new Map<string, CaseReport[]>();
    for (const report of beyond) {
      const place = `${report.op} ${report.mode}, ${report.grade}`;
      places.set(place, [...(places.get(place) ?? []), report]);
    }
    return [
      `  ${name}`,
      ...[...places].map(([place, found]) => `    ${place}: ${found.length}, as ${found[0].name}`),
    ];
  });
  const title =
    "Findings: where the frameworks' own operators are off by more than ordinary rounding (no failure)";
  return lines.length === 0 ? '' : [yellow(title), ...lines].join('\n');
}

/** Why cases are declared unsupported: each reason once, with how many cases of which adapters it holds for. */
function unsupportedReasons(reports: readonly AdapterReport[], { dim }: Colours): string {
  const reasons = new Map<string, Map<string, number>>();
  for (const { name, cases } of reports) {
    for (const { grade, message = 'no reason given' } of cases) {
      if (grade !== 'unsupported') continue;
      const counts = reasons.get(message) ?? new Map<string, number>();
      reasons.set(message, counts.set(name, (counts.get(name) ?? 0) + 1));
    }
  }
  if (reasons.size === 0) return '';
  return [
    dim('Unsupported (—)'),
    ...[...reasons].map(([reason, counts]) => {
      const adapters = [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
      return `  ${reason}: ${adapters}`;
    }),
  ].join('\n');
}

function leftOutVectors(leftOut: readonly LeftOutVector[], { dim }: Colours): string {
  if (leftOut.length === 0) return '';
  const reasons = new Map<string, string[]>();
  for (const { name, reason } of leftOut) {
    if (reasons.get(reason)?.includes(name)) continue;
    reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  }
  return [
    dim('Vectors left out'),
    ...[...reasons].map(([reason, names]) => `  ${reason}: ${names.join(', ')}`),
  ].join('\n');
}
