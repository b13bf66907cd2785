import type { Mode, Op } from '@normlayers/core';
import type { LeftOutVector } from '../vector-formats/index';
import { type AdapterReport, type CaseReport, isNative } from './adapter-report';

export interface MatrixOptions {
  /** ANSI colours. Default: none. */
  readonly colour?: boolean;
  /** Vectors that no case could be made of, to be named below. */
  readonly leftOut?: readonly LeftOutVector[];
  /** How many failures of each adapter of ours to show. Default: 5. */
  readonly failures?: number;
}

type Colour = 'green' | 'red' | 'yellow' | 'dim';

/** Text in two lengths: as it is printed, and as it counts in a table. */
interface Cell {
  readonly text: string;
  readonly colour: Colour | null;
}

const ANSI: Readonly<Record<Colour, number>> = { green: 32, red: 31, yellow: 33, dim: 2 };
const OPS: readonly Op[] = ['batchNorm', 'layerNorm', 'instanceNorm', 'groupNorm', 'rmsNorm'];
const MODES: readonly Mode[] = ['inference', 'training', 'backward'];

/**
 * The reports as text that a person reads at a glance: a row for each operation and mode, a column for each adapter,
 * `34/34` of those it takes passed, `✗3` failed, `—` not supported. Below it what to look at next.
 */
export function reportMatrix(reports: readonly AdapterReport[], options: MatrixOptions = {}): string {
  const paint = painter(options.colour ?? false);
  const here = reports.filter(({ available }) => available);
  const sections = [
    here.length === 0 ? '' : matrix(here, paint),
    unavailableOnes(reports, paint),
    ...here
      .filter(({ name }) => !isNative(name))
      .map((report) => failures(report, options.failures ?? 5, paint)),
    findings(
      here.filter(({ name }) => isNative(name)),
      paint,
    ),
    unsupportedReasons(here, paint),
    leftOutVectors([...(options.leftOut ?? []), ...reports.flatMap(({ leftOut }) => leftOut ?? [])], paint),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

type Paint = (colour: Colour | null, text: string) => string;

function painter(colour: boolean): Paint {
  return (name, text) => (colour && name !== null ? `\u001b[${ANSI[name]}m${text}\u001b[0m` : text);
}

function matrix(reports: readonly AdapterReport[], paint: Paint): string {
  const heads = reports.map(({ name }) => name.split(/(?<=[:/])/));
  const depth = Math.max(...heads.map((lines) => lines.length));
  const headRows = Array.from({ length: depth }, (_, line): Cell[] => [
    plain(''),
    ...heads.map((lines) => plain(lines[line - depth + lines.length] ?? '')),
  ]);
  const rows = OPS.flatMap((op) =>
    MODES.map((mode): Cell[] => [
      plain(`${op} ${mode}`),
      ...reports.map(({ name, cases }) =>
        cell(
          cases.filter((testCase) => testCase.op === op && testCase.mode === mode),
          isNative(name),
        ),
      ),
    ]),
  ).filter(([, ...cells]) => cells.some(({ text }) => text !== ''));
  const figures: Cell[][] = [
    [plain('all'), ...reports.map(({ name, cases }) => cell(cases, isNative(name)))],
    [plain('within the strict budget'), ...reports.map(({ cases }) => plain(strictShare(cases)))],
    [plain('largest share of a budget'), ...reports.map(({ cases }) => plain(largestShare(cases)))],
  ];
  return table([...headRows, [], ...rows, [], ...figures], paint);
}

function cell(cases: readonly CaseReport[], native: boolean): Cell {
  if (cases.length === 0) return plain('');
  const count = (status: CaseReport['status']) =>
    cases.filter((testCase) => testCase.status === status).length;
  const [passed, failed, unsupported] = [count('passed'), count('failed'), count('unsupported')];
  if (passed + failed === 0) return { text: '—', colour: 'dim' };
  const text = [
    `${passed}/${passed + failed}`,
    failed > 0 ? `✗${failed}` : '',
    unsupported > 0 ? `—${unsupported}` : '',
  ];
  return {
    text: text.filter((part) => part !== '').join(' '),
    colour: failed === 0 ? 'green' : native ? 'yellow' : 'red',
  };
}

function strictShare(cases: readonly CaseReport[]): string {
  const run = cases.filter(({ status }) => status === 'passed');
  return `${run.filter(({ strict }) => strict).length}/${run.length}`;
}

/** Of what passed; what failed has used more than all. */
function largestShare(cases: readonly CaseReport[]): string {
  const used = cases.flatMap(({ status, budgetUsed }) =>
    status === 'passed' && budgetUsed !== null ? [budgetUsed] : [],
  );
  return used.length === 0 ? '' : used.reduce((a, b) => Math.max(a, b)).toFixed(2);
}

function table(rows: readonly (readonly Cell[])[], paint: Paint): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, c) =>
    Math.max(...rows.map((row) => row[c]?.text.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map(({ text, colour }, c) => {
          const padding = ' '.repeat(widths[c] - text.length);
          return c === 0 ? text + padding : padding + paint(colour, text);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function plain(text: string): Cell {
  return { text, colour: null };
}

function unavailableOnes(reports: readonly AdapterReport[], paint: Paint): string {
  const absent = reports.filter(({ available }) => !available);
  return absent
    .map(({ name, reason }) => paint('dim', `${name} is not available here: ${reason}`))
    .join('\n');
}

function failures({ name, cases, totals }: AdapterReport, most: number, paint: Paint): string {
  const failed = cases.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return '';
  const shown = failed.slice(0, most).map((testCase) => `  ${testCase.name}\n    ${testCase.message}`);
  const more =
    failed.length > most ? [`  and ${failed.length - most} more: all of them are in the JSON report`] : [];
  const next = `  look next at: ${name} --op ${failed[0].op}`;
  return [paint('red', `${name} fails ${totals.failed}`), ...shown, ...more, next].join('\n');
}

/** What the frameworks' own operators fail, by operation and mode. */
function findings(natives: readonly AdapterReport[], paint: Paint): string {
  const lines = natives.flatMap(({ name, cases, totals }) => {
    if (totals.failed === 0) return [];
    const failed = cases.filter(({ status }) => status === 'failed');
    const places = new Map<string, CaseReport[]>();
    for (const testCase of failed) {
      const place = `${testCase.op} ${testCase.mode}`;
      places.set(place, [...(places.get(place) ?? []), testCase]);
    }
    return [
      `  ${name}: ${totals.failed} of ${totals.passed + totals.failed}`,
      ...[...places].map(([place, found]) => `    ${place}: ${found.length}, as ${found[0].name}`),
    ];
  });
  return lines.length === 0
    ? ''
    : [
        paint('yellow', "Findings: what the frameworks' own operators fail (no failure of the run)"),
        ...lines,
      ].join('\n');
}

/** Why cases are declared unsupported: each reason once, with how many cases of which adapters it holds for. */
function unsupportedReasons(reports: readonly AdapterReport[], paint: Paint): string {
  const reasons = new Map<string, Map<string, number>>();
  for (const { name, cases } of reports) {
    for (const { status, message = 'no reason given' } of cases) {
      if (status !== 'unsupported') continue;
      const counts = reasons.get(message) ?? new Map<string, number>();
      reasons.set(message, counts.set(name, (counts.get(name) ?? 0) + 1));
    }
  }
  if (reasons.size === 0) return '';
  return [
    paint('dim', 'Unsupported (—)'),
    ...[...reasons].map(([reason, counts]) => {
      const adapters = [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
      return `  ${reason}: ${adapters}`;
    }),
  ].join('\n');
}

function leftOutVectors(leftOut: readonly LeftOutVector[], paint: Paint): string {
  if (leftOut.length === 0) return '';
  const reasons = new Map<string, string[]>();
  for (const { name, reason } of leftOut) {
    if (reasons.get(reason)?.includes(name)) continue;
    reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  }
  return [
    paint('dim', 'Vectors left out'),
    ...[...reasons].map(([reason, names]) => `  ${reason}: ${names.join(', ')}`),
  ].join('\n');
}
