import { type AdapterReport, fallsShort, shortfalls } from './adapter-report';
import type { CaseReport } from './case-report';

/**
 * The report as JUnit XML: a suite per adapter, a test case per case. A case that does not have the grade asked for is a
 * failure. What a native adapter gets less than accurate is a finding and not a failure; it stands as skipped, with its
 * message, as does what is unsupported.
 *
 * Written here because npm's writers for this format (junit-xml over xml, junit-report-builder) need Node's streams or
 * files, and this package runs in browsers and workers.
 */
export function toJUnit(reports: readonly AdapterReport[]): string {
  const suites = reports.map(suite);
  const totals = reports.map(countsOf);
  const sum = (key: keyof Counts) => totals.reduce((total, counts) => total + counts[key], 0);
  const attributes = attributesOf({
    name: 'normlayers conformance',
    tests: sum('tests'),
    failures: sum('failures'),
    skipped: sum('skipped'),
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${attributes}>\n${suites.join('')}</testsuites>\n`;
}

interface Counts {
  readonly tests: number;
  readonly failures: number;
  readonly skipped: number;
}

function countsOf(report: AdapterReport): Counts {
  if (!report.available) return { tests: 1, failures: 0, skipped: 1 };
  const skipped = report.cases.filter((testCase) => isSkipped(report, testCase)).length;
  return { tests: report.cases.length, failures: shortfalls(report).length, skipped };
}

function isSkipped({ asked }: AdapterReport, { grade }: CaseReport): boolean {
  return grade === 'unsupported' || (asked === null && grade !== 'accurate');
}

function suite(report: AdapterReport): string {
  const { name, available, reason, cases } = report;
  const body = available
    ? cases.map((testCase) => element(report, testCase)).join('')
    : `    <testcase${attributesOf({ classname: name, name: 'available' })}><skipped${attributesOf({ message: reason ?? '' })}/></testcase>\n`;
  return `  <testsuite${attributesOf({ name, ...countsOf(report) })}>\n${body}  </testsuite>\n`;
}

function element(report: AdapterReport, testCase: CaseReport): string {
  const { name, op, mode, grade, message = '' } = testCase;
  const open = `    <testcase${attributesOf({ classname: `${report.name}.${op}.${mode}`, name })}`;
  const failed = fallsShort(testCase, report.asked);
  if (!failed && !isSkipped(report, testCase)) return `${open}/>\n`;
  const told = attributesOf({ message: grade === 'unsupported' ? message : `${grade}: ${message}` });
  return `${open}><${failed ? 'failure' : 'skipped'}${told}/></testcase>\n`;
}

function attributesOf(attributes: object): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Also without the control characters that XML 1.0 has no way to write (section 2.2). */
function escaped(text: string): string {
  return text
    .replace(/[&<>"]/g, (character) => ENTITIES[character])
    .replace(/[\n\t]/g, ' ')
    .replace(/[^\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}
