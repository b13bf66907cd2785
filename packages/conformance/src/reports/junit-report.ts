import { type AdapterReport, type CaseReport, isNative } from './adapter-report';

/**
 * The report as JUnit XML: a suite per adapter, a test case per case. What a native adapter fails is a finding and not a
 * failure; it stands as skipped, with its message.
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

function countsOf({ name, available, totals, cases }: AdapterReport): Counts {
  if (!available) return { tests: 1, failures: 0, skipped: 1 };
  const failures = isNative(name) ? 0 : totals.failed;
  return { tests: cases.length, failures, skipped: cases.length - totals.passed - failures };
}

function suite(report: AdapterReport): string {
  const { name, available, reason, cases } = report;
  const body = available
    ? cases.map((testCase) => element(name, testCase)).join('')
    : `    <testcase${attributesOf({ classname: name, name: 'available' })}><skipped${attributesOf({ message: reason ?? '' })}/></testcase>\n`;
  return `  <testsuite${attributesOf({ name, ...countsOf(report) })}>\n${body}  </testsuite>\n`;
}

function element(adapter: string, { name, op, mode, status, message = '' }: CaseReport): string {
  const open = `    <testcase${attributesOf({ classname: `${adapter}.${op}.${mode}`, name })}`;
  if (status === 'passed') return `${open}/>\n`;
  const outcome = status === 'failed' && !isNative(adapter) ? 'failure' : 'skipped';
  return `${open}><${outcome}${attributesOf({ message })}/></testcase>\n`;
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
