// Everything that must hold before a change lands. A step whose inputs are those of a run that passed is not run again:
// turbo keeps what it gave. `npm run test:full` keeps nothing, and runs all that is left out of the gate for its time.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { browserVersions, chromiumToTest, isReady } from './browser.mjs';
import { environment, root } from './setup.mjs';
import { markupHash } from './steps/markup.mjs';
import { readReport } from './steps/report.mjs';
import { allSteps, chooseSteps } from './steps/steps.mjs';
import { vectorsHash } from './steps/vectors.mjs';

/**
 * As many as cores, and two at least, since tests wait for browsers. A third on two cores gains nothing: each takes longer
 * for what it waits less (532 s for all, 538 with two).
 */
const AT_A_TIME = Math.max(2, availableParallelism());
const logs = join(root, 'reports', 'logs');

/** The exit code: 0 all passed, 1 a step failed, 2 usage. */
export async function test(args) {
  const options = {
    only: { type: 'string', multiple: true, default: [] },
    full: { type: 'boolean', default: false },
    force: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  };
  let values;
  let positionals;
  try {
    ({ values, positionals } = parseArgs({ args, options, allowPositionals: true }));
  } catch (error) {
    console.error(error.message);
    return 2;
  }
  const names = [...values.only.flatMap((names) => names.split(',')), ...positionals];
  const steps = allSteps().filter(({ name, fullOnly }) => !fullOnly || values.full || names.includes(name));
  const { chosen, unknown } = chooseSteps(steps, names);
  if (values.help) {
    console.log(usage());
    return 0;
  }
  if (unknown.length > 0) {
    console.error(`There is no step ${unknown.join(', ')}.\n\n${usage()}`);
    return 2;
  }
  return run(chosen, { full: values.full, force: values.force || values.full });
}

function usage() {
  const lines = allSteps().map(({ name, title }) => `  ${name.padEnd(22)} ${title}`);
  return `usage: npm test -- [--only STEP]... [--force] [--full]

Runs the steps below, or only those named (repeat --only, or use commas; 'unit' stands for all that start with 'unit:').

  --force   also steps whose inputs have not changed since they passed
  --full    everything that the gate leaves out for its time: as npm run test:full

${lines.join('\n')}`;
}

/** Runs every step, also after a failed one, so that one run tells everything. */
async function run(steps, { full, force }) {
  const start = performance.now();
  rmSync(logs, { recursive: true, force: true });
  mkdirSync(logs, { recursive: true });
  // Earlier runs' reports would speak for a step that does not get to writing its own; turbo brings back a cached one's.
  for (const { report } of steps) if (report !== undefined) rmSync(report, { force: true });
  const env = environmentOf({ full, force });
  if (full)
    console.log(
      `Everything, with seeds from ${env.NORMLAYERS_SEED} (NORMLAYERS_SEED=... for those of another day).`,
    );

  const cached = await bringBackCached(steps, env);
  for (const step of cached) tell(cachedOutcome(step));
  const rest = steps.filter((step) => !cached.includes(step));

  const { outcomes, leftOut } = await runAsCoresAllow(rest, { env, live: rest.length === 1 });
  return conclude({ outcomes: [...cached.map(cachedOutcome), ...outcomes], leftOut, start });
}

function cachedOutcome(step) {
  return { step, passed: true, cached: true, seconds: 0 };
}

/** What decides a task's result beside its files: turbo.json names these variables as inputs. */
function environmentOf({ full, force }) {
  const browsers = browserVersions();
  const chromium = chromiumToTest();
  return {
    ...environment,
    ...(chromium === undefined ? {} : { CHROME_PATH: chromium }),
    // With --force no step's result of before counts, and what is built stays as it is.
    ...(force ? { NORMLAYERS_RUN: new Date().toISOString() } : {}),
    NORMLAYERS_BROWSERS: browsers,
    NORMLAYERS_VECTORS: vectorsHash(),
    NORMLAYERS_MARKUP: markupHash(),
    ...(full
      ? {
          NORMLAYERS_FULL: '1',
          NORMLAYERS_SEED:
            environment.NORMLAYERS_SEED ?? new Date().toISOString().slice(0, 10).replaceAll('-', ''),
        }
      : {}),
  };
}

/** The steps all of whose tasks are cached, after their outputs are where they belong. */
async function bringBackCached(steps, env) {
  const { status, stdout } = spawnSync(
    'turbo',
    ['run', ...new Set(steps.map(({ task }) => task)), '--dry=json'],
    {
      cwd: root,
      env,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      shell: process.platform === 'win32',
    },
  );
  if (status !== 0) return [];
  const tasks = JSON.parse(stdout).tasks.filter(({ command }) => command !== '<NONEXISTENT>');
  const cached = steps.filter((step) => {
    const own = tasks.filter((task) => task.task === step.task && (step.of ?? task.package) === task.package);
    return own.length > 0 && own.every(({ cache }) => cache.status === 'HIT');
  });
  if (cached.length === 0) return [];
  const names = cached.flatMap((step) =>
    tasks
      .filter((task) => task.task === step.task && (step.of ?? task.package) === task.package)
      .map(({ taskId }) => taskId),
  );
  const code = await turbo(names, { env, log: join(logs, 'cached.log') });
  return code === 0 ? cached : [];
}

/**
 * Starts the steps in their order, as cores allow; gives what came of each, and those whose browser does not start here. Each
 * browser is tried when its first step's turn comes.
 */
async function runAsCoresAllow(steps, { env, live }) {
  const waiting = [...steps];
  const running = new Map();
  const outcomes = [];
  const leftOut = [];
  const tried = new Map();
  const trial = (browser) => {
    if (!tried.has(browser)) tried.set(browser, isReady(browser, env));
    return tried.get(browser);
  };
  const isNext = ({ after = [] }) =>
    !after.some((name) => waiting.some((step) => step.name === name) || running.has(name));
  const start = async (step) => {
    if (step.browser === undefined || (await trial(step.browser))) return execute(step, { env, live });
    return { step, passed: false, leftOut: true };
  };
  while (waiting.length + running.size > 0) {
    while (running.size < AT_A_TIME) {
      const next = waiting.find(isNext);
      if (next === undefined) break;
      waiting.splice(waiting.indexOf(next), 1);
      running.set(next.name, start(next));
    }
    const outcome = await Promise.race(running.values());
    running.delete(outcome.step.name);
    if (outcome.leftOut) {
      leftOut.push(outcome.step);
      continue;
    }
    outcomes.push(outcome);
    tell(outcome);
  }
  return { outcomes, leftOut };
}

async function execute(step, { env, live }) {
  const start = performance.now();
  const log = join(logs, `${step.name.replaceAll(':', '-')}.log`);
  const tasks = [step.of === undefined ? step.task : `${step.of}#${step.task}`];
  const code = await turbo(tasks, {
    env: { ...env, VITEST_MAX_WORKERS: '1' },
    log,
    live,
  });
  // A turbo that is told to stop exits with 0; then the step has not come to writing what it counted.
  const reported = step.report === undefined || readReport(step.report) !== null;
  return { step, passed: code === 0 && reported, seconds: (performance.now() - start) / 1000, log };
}

/** Runs tasks by their ids; what they print goes to `log`, and where `live` is set to our output too. */
function turbo(tasks, { env, log, live = false }) {
  return new Promise((resolve) => {
    const child = spawn('turbo', ['run', ...tasks, '--output-logs=new-only', '--log-prefix=none'], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    const chunks = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        chunks.push(chunk);
        if (live) process.stdout.write(chunk);
      });
    }
    child.on('close', (code) => {
      writeFileSync(log, Buffer.concat(chunks));
      resolve(code ?? 1);
    });
    child.on('error', () => resolve(1));
  });
}

/** A step's line, when it has ended; of one that failed all that it printed. */
function tell(outcome) {
  console.log(lineOf(outcome));
  if (!outcome.passed && existsSync(outcome.log))
    console.log(`\n${readFileSync(outcome.log, 'utf8').trimEnd()}\n`);
}

function lineOf({ step, passed, cached = false, seconds }) {
  const report = step.report === undefined ? null : readReport(step.report);
  const counts = report === null ? '' : ` (${countsOf(report)})`;
  const time = cached ? 'cached' : `${seconds.toFixed(1)} s`;
  return `${passed ? 'passed' : 'FAILED'}  ${time.padStart(8)}  ${step.name.padEnd(22)} ${step.title}${counts}`;
}

function countsOf({ passed, failed, skipped }) {
  const parts = [`${passed} passed`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  return parts.join(', ');
}

/** Everything once more in short, as the last thing printed: of a long log often no more than its end is kept. */
function conclude({ outcomes, leftOut, start }) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  console.log('');
  for (const outcome of outcomes) {
    const { step, passed } = outcome;
    // A step that counts nothing is one test; so is one that failed before it could count.
    const report = (step.report !== undefined && readReport(step.report)) || {
      passed: 0,
      failed: 0,
      skipped: 0,
    };
    total.passed += report.passed + (step.report === undefined && passed ? 1 : 0);
    total.failed += report.failed + (!passed && report.failed === 0 ? 1 : 0);
    total.skipped += report.skipped;
    if (passed && !report.retried?.length) continue;
    console.log(lineOf(outcome));
    for (const line of report.failures ?? []) console.log(`                  ${line}`);
    for (const line of report.retried ?? [])
      console.log(`                  passed at a second try only: ${line}`);
  }
  for (const { name, browser } of leftOut)
    console.log(`left out          ${name}: no ${browser} starts here`);
  const cached = outcomes.filter((outcome) => outcome.cached).length;
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(
    `${outcomes.length} steps in ${seconds} s, ${cached} of them cached; all that they printed is in reports/logs`,
  );
  console.log(
    `tests: ${total.passed} passed, ${total.failed} failed, ${total.skipped + leftOut.length} skipped`,
  );
  // A gate that could not run a step has not been passed; on a person's machine the line above tells.
  const incomplete = leftOut.length > 0 && process.env.CI !== undefined;
  return total.failed > 0 || incomplete ? 1 : 0;
}
