import { type AdapterReport, passes, shortfalls } from './adapter-report';
import type { CaseReport } from './case-report';

/**
 * A run in a sentence or two: whether it passes, and what was found.
 *
 * @param reports of all adapters; those that are not available do not count.
 */
export function reportVerdict(reports: readonly AdapterReport[]): string {
  const here = reports.filter(({ available }) => available);
  const held = here.filter(({ asked }) => asked !== null);
  const failed = held.filter((report) => !passes(report));
  return [
    ...(held.length > 0 && failed.length === 0 ? [`Passed: ${held.map(passedText).join(', ')}.`] : []),
    ...failed.map(failureText),
    ...findingsText(here.filter(({ asked }) => asked === null)),
  ].join(' ');
}

function passedText({ name, asked }: AdapterReport): string {
  return asked === 'accurate' ? name : `${name} (${asked} or better)`;
}

function failureText(report: AdapterReport): string {
  const { name, asked, cases } = report;
  const short = shortfalls(report);
  return `Failed: ${name} is not ${asked} in ${countOf(short.length, cases.length)}: ${foundIn(short)}.`;
}

/** What the frameworks' own operators get, which nobody is held to. */
function findingsText(natives: readonly AdapterReport[]): string[] {
  const taken = natives.flatMap(({ cases }) => cases.filter(({ grade }) => grade !== 'unsupported'));
  if (taken.length === 0) return [];
  const beyond = taken.filter(({ grade }) => grade === 'imprecise' || grade === 'wrong');
  const who = `The frameworks' own operators`;
  if (beyond.length === 0)
    return [`${who} are accurate or ordinary in all ${taken.length} cases that they take.`];
  return [
    `${who} are accurate or ordinary in ${taken.length - beyond.length} of the ${taken.length} cases that they take, ${foundIn(beyond)}.`,
  ];
}

/** `off by more than ordinary rounding in 12, unusable in 5`. */
function foundIn(cases: readonly CaseReport[]): string {
  const count = (grade: CaseReport['grade']) => cases.filter((report) => report.grade === grade).length;
  const parts: readonly (readonly [number, string])[] = [
    [count('ordinary'), 'off by no more than ordinary rounding'],
    [count('imprecise'), 'off by more than ordinary rounding'],
    [count('wrong'), 'unusable'],
  ];
  return parts.flatMap(([number, what]) => (number === 0 ? [] : [`${what} in ${number}`])).join(', ');
}

function countOf(count: number, total: number): string {
  return `${count} of ${total} ${total === 1 ? 'case' : 'cases'}`;
}
