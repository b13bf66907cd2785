// Everything that must hold before a change lands, in order of how fast it fails.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readyBrowsers } from './browser.mjs';
import { environment, root } from './setup.mjs';

const reports = join(root, 'reports');
const counts = join(reports, 'vitest.json');

const steps = [
  { name: 'format and lint', command: ['biome', 'ci', '.'] },
  { name: 'types', command: ['turbo', 'run', 'typecheck', '--output-logs=errors-only'] },
  {
    name: 'unit and property tests',
    command: ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${counts}`],
  },
  {
    name: 'conformance in Node',
    command: ['node', 'scripts/run.mjs', 'conformance', '--json', join(reports, 'conformance.json')],
  },
  {
    name: 'conformance in Chromium',
    browser: 'chromium',
    command: [
      'node',
      'scripts/run.mjs',
      'conformance',
      ...['--runtime', 'chromium'],
      ...['--json', join(reports, 'conformance-chromium.json')],
    ],
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
      ...['--json', join(reports, 'conformance-firefox.json')],
    ],
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
      return { name: step.name, passed: status === 0, seconds: (performance.now() - start) / 1000 };
    });

  console.log('');
  for (const { name, passed, seconds } of outcomes) {
    console.log(`${passed ? 'passed' : 'FAILED'}  ${seconds.toFixed(1).padStart(6)} s  ${name}`);
  }
  for (const { name, browser } of left) console.log(`left out           ${name}: no ${browser} starts here`);
  const { numPassedTests, numFailedTests, numPendingTests } = vitestCounts();
  console.log(`tests: ${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
  return outcomes.every(({ passed }) => passed) ? 0 : 1;
}

function vitestCounts() {
  try {
    return JSON.parse(readFileSync(counts, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0 };
  }
}
