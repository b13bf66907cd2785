// What a step of `npm test` leaves of itself: how many tests, and what is to be read again at the end. The file is an
// output of the step's turbo task, so that a cached step still tells what it counted.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * @typedef {object} StepReport
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string[]} failures a line for each test that failed
 * @property {string[]} retried a line for each test that passed at a second try only
 */

/**
 * @param {string} path
 * @param {Partial<StepReport>} report
 */
export function writeReport(path, report) {
  mkdirSync(dirname(path), { recursive: true });
  const whole = { passed: 0, failed: 0, skipped: 0, failures: [], retried: [], ...report };
  writeFileSync(path, `${JSON.stringify(whole, null, 1)}\n`);
}

/**
 * @param {string} path
 * @returns {StepReport | null} null where there is none: the step did not get so far, or counts nothing
 */
export function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * Runs checks that are each a sentence and what is wrong with it, prints them, writes the report, sets the exit code.
 *
 * @param {string} path of the report
 * @param {Iterable<[sentence: string, faults: readonly string[]]> | AsyncIterable<[sentence: string, faults: readonly string[]]>} checks
 */
export async function reportChecks(path, checks) {
  const failures = [];
  let passed = 0;
  for await (const [sentence, faults] of checks) {
    console.log(`${faults.length === 0 ? 'passed' : 'FAILED'}  ${sentence}`);
    for (const fault of faults) console.log(`        ${fault}`);
    if (faults.length === 0) passed++;
    else
      failures.push(
        `${sentence}: ${faults[0]}${faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''}`,
      );
  }
  writeReport(path, { passed, failed: failures.length, failures });
  if (failures.length > 0) process.exitCode = 1;
}
