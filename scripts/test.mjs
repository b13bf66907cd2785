// Everything that must hold before a change lands, in order of how fast it fails.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { readyBrowsers } from './browser.mjs';
import { environment, root } from './setup.mjs';

const reports = join(root, 'reports');
const written = {
  unit: join(reports, 'vitest.json'),
  node: join(reports, 'conformance.json'),
  chromium: join(reports, 'conformance-chromium.json'),
  firefox: join(reports, 'conformance-firefox.json'),
};

const steps = [
  { name: 'format and lint', command: ['biome', 'ci', '.'] },
  { name: 'types', command: ['turbo', 'run', 'typecheck', '--output-logs=errors-only'] },
  {
    name: 'unit and property tests',
    command: ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${written.unit}`],
    failures: () => failedTests(written.unit),
  },
  {
    name: 'conformance in Node',
    command: ['node', 'scripts/run.mjs', 'conformance', '--json', written.node],
    failures: () => failedCases(written.node),
  },
  {
    name: 'conformance in Chromium',
    browser: 'chromium',
    command: [
      'node',
      'scripts/run.mjs',
      'conformance',
      ...['--runtime', 'chromium'],
      ...['--json', written.chromium],
    ],
    failures: () => failedCases(written.chromium),
  },
  {
    name: 'a short run in Firefox',
    browser: 'firefox',
    command: [
      'node',
      'scripts/run.mjs',
      'conformance',
      ...[
        '--runtime',
        'firefox',
        '--adapter',
        'wasm,onnxruntime-web/wasm,tfjs/wasm',
        '--op',
        'layerNorm,batchNorm',
      ],
      ...['--json', written.firefox],
    ],
    failures: () => failedCases(written.firefox),
  },
  {
    name: 'the docs app, built and driven in Chromium',
    browser: 'chromium',
    command: ['pnpm', '--dir', 'apps/docs', '--silent', 'run', 'check:site'],
  },
  { name: 'sizes', command: ['node', 'scripts/sizes.mjs'] },
  { name: 'the packages, packed and installed elsewhere', command: ['node', 'apps/consumer/try.mjs'] },
];

/** Runs every step, also after a failed one, so that one run tells everything. Gives the exit code. */
export function test() {
  // Earlier runs' reports would speak for a step that does not get to writing its own.
  for (const report of Object.values(written)) rmSync(report, { force: true });
  mkdirSync(reports, { recursive: true });
  const browsers = readyBrowsers();
  const left = steps.filter(({ browser }) => browser !== undefined && !browsers[browser]);
  const outcomes = steps
    .filter((step) => !left.includes(step))
    .map((step) => {
      console.log(`\n── ${step.name}`);
      const start = performance.now();
      const [command, ...args] = step.command;
      const { status } = spawnSync(command, args, {
        cwd: root,
        env: environment,
        stdio: 'inherit',
        shell: process.platform === 'win32',
      });
      return { ...step, passed: status === 0, seconds: (performance.now() - start) / 1000 };
    });

  console.log('');
  for (const { name, passed, seconds, failures } of outcomes) {
    console.log(`${passed ? 'passed' : 'FAILED'}  ${seconds.toFixed(1).padStart(6)} s  ${name}`);
    // Once more, as the last thing printed: of a long log often no more than its end is kept.
    if (!passed) for (const line of failures?.() ?? []) console.log(`                  ${line}`);
  }
  for (const { name, browser } of left) console.log(`left out           ${name}: no ${browser} starts here`);
  const { numPassedTests, numFailedTests, numPendingTests } = vitestCounts();
  console.log(`tests: ${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
  return outcomes.every(({ passed }) => passed) ? 0 : 1;
}

function vitestCounts() {
  return jsonOf(written.unit) ?? { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0 };
}

/** @returns {string[]} a line for each failed test */
function failedTests(report) {
  const { testResults = [] } = jsonOf(report) ?? {};
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(
        (result) =>
          `${relative(root, name)}: ${result.fullName}: ${result.failureMessages[0]?.split('\n')[0]}`,
      ),
  );
}

/** @returns {string[]} a line for each adapter of ours with failed cases, with the first of them */
function failedCases(report) {
  const { adapters = [] } = jsonOf(report) ?? {};
  return adapters
    .filter(({ name, totals }) => totals.failed > 0 && !name.startsWith('native:'))
    .map(({ name, totals, cases }) => {
      const first = cases.find(({ status }) => status === 'failed');
      return `${name}: ${totals.failed} failed; ${first.name}: ${first.message}`;
    });
}

/** Null where there is no such file: the step did not get so far. */
function jsonOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
