import { writeFileSync } from 'node:fs';
import {
  type BenchCase,
  type BenchReport,
  type CaseReport,
  caseTable,
  checkCase,
  ladder,
  plainJsAdapter,
  type Residency,
  runBenchmark,
  type Skipped,
  toJson,
  toMarkdown,
  unavailableOnes,
  verdict,
} from '@normlayers/benchmark';
import type { BrowserRuntime } from '@normlayers/browsers';
import { isNative } from '@normlayers/conformance';
import { type DType, type Layout, type Mode, type NormAdapter, NormError, type Op } from '@normlayers/core';
import { BENCH_ADAPTERS } from './bench-adapters';
import { type BenchEnvironment, describeBenchEnvironment, environmentInWords } from './bench-environment';
import { progressLine } from './bench-progress';
import { benchInBrowser } from './browser/browser-bench';
import { browserLine } from './browser/browser-conformance';
import { type BrowserGroup, withBrowser } from './browser/browser-session';
import { colour } from './colours';
import { CommandError, EXIT } from './command-error';
import { describeEnvironment } from './environment';
import { BROWSER_BENCH_ADAPTERS } from './page/browser-bench-adapters';
import { type Progress, startProgress } from './progress';
import { type BrowserFlags, runtimeOf } from './runtime';
import { isGroup, selectAdapters } from './selection';

/** The command line, as it is parsed. */
export interface BenchOptions extends BrowserFlags {
  readonly adapter?: readonly string[];
  readonly runtime: string;
  readonly op?: readonly string[];
  readonly mode?: readonly string[];
  readonly shape?: readonly string[];
  readonly layout?: readonly string[];
  readonly dtype?: readonly string[];
  readonly residency?: readonly string[];
  readonly rounds?: number;
  readonly json?: string;
  readonly markdown?: string;
  readonly quiet?: boolean;
}

const CHOICES = {
  op: ['batchNorm', 'layerNorm', 'instanceNorm', 'groupNorm', 'rmsNorm'] satisfies Op[],
  mode: ['inference', 'training', 'backward'] satisfies Mode[],
  layout: ['channels-first', 'channels-last'] satisfies Layout[],
  dtype: ['float32', 'float16', 'float64'] satisfies DType[],
  residency: ['device', 'host'] satisfies Residency[],
} as const;

/** What is to be timed, where. */
interface Wanted {
  readonly options: BenchOptions;
  readonly cases: readonly BenchCase[];
  readonly residencies: readonly Residency[];
  readonly names: readonly string[];
  readonly progress: Progress;
  onReport(report: CaseReport): void;
}

/** What a run in any runtime gives. */
interface Outcome {
  readonly report: BenchReport;
  readonly environment: BenchEnvironment;
}

/** Times the chosen adapters, prints a table per case as it is done, writes the files asked for; gives the exit code. */
export async function runBenchCommand(options: BenchOptions): Promise<number> {
  const runtime = runtimeOf(options);
  const shapes = options.shape?.map(shapeOf);
  const cases = fitting(
    ladder({
      ops: chosen('op', options.op, ['layerNorm', 'batchNorm']),
      modes: chosen('mode', options.mode, ['inference']),
      dtypes: chosen('dtype', options.dtype, ['float32']),
      ...(options.layout === undefined ? {} : { layouts: chosen('layout', options.layout, CHOICES.layout) }),
      ...(shapes === undefined ? {} : { shapes }),
    }),
  );
  const names = options.adapter ?? ['all'];
  const progress = startProgress(options.quiet === true);
  const wanted: Wanted = {
    options,
    cases,
    residencies: chosen('residency', options.residency, CHOICES.residency),
    names,
    progress,
    onReport(report) {
      if (options.quiet !== true) console.log(`${caseTable(report, { colour })}\n`);
    },
  };
  try {
    const { report, environment } =
      runtime === 'node' ? await inNode(wanted) : await inBrowser(runtime, wanted);
    progress.stop();
    if (options.json !== undefined) {
      write('--json', options.json, `${JSON.stringify(toJson(environment, report), null, 1)}\n`);
    }
    if (options.markdown !== undefined) {
      const page = toMarkdown(report, {
        command: ownCommand(),
        environment: environmentInWords(environment),
      });
      write('--markdown', options.markdown, page);
    }
    if (options.quiet !== true && environment.runtime !== 'node') {
      console.log(`${environment.browsers.map(browserLine).join('\n')}\n`);
    }
    if (options.quiet !== true && report.unavailable.length > 0) {
      console.log(`${unavailableOnes(report.unavailable, { colour })}\n`);
    }
    console.log(verdict(report));
    return exitCodeOf(report, names);
  } finally {
    progress.stop();
  }
}

async function inNode({ options, cases, residencies, names, progress, onReport }: Wanted): Promise<Outcome> {
  const entries = selectAdapters(BENCH_ADAPTERS, names);
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort(new CommandError('interrupted', 'stopped by Ctrl-C.'));
  process.once('SIGINT', onSignal);
  const adapters: NormAdapter[] = [];
  try {
    const unavailable = await openAll(entries, adapters, progress);
    const report = await runBenchmark([...adapters, plainJsAdapter()], {
      cases,
      residencies,
      ...(options.rounds === undefined ? {} : { rounds: options.rounds }),
      unavailable,
      signal: interrupt.signal,
      onProgress(step) {
        if (step.report === undefined) progress.show(progressLine(step));
        else onReport(step.report);
      },
    });
    return { report, environment: await describeBenchEnvironment() };
  } finally {
    process.off('SIGINT', onSignal);
    for (const adapter of adapters) await adapter.dispose();
  }
}

async function inBrowser(
  runtime: BrowserRuntime,
  { options, cases, residencies, names, progress, onReport }: Wanted,
): Promise<Outcome> {
  const entries = selectAdapters(BROWSER_BENCH_ADAPTERS, names);
  const { remote = [], remoteBrowser = [] } = options;
  if (remote.length > 1 || remoteBrowser.length > 1) {
    throw new CommandError(
      'usage',
      '--remote: bench times in one browser; name one endpoint and one browser.',
    );
  }
  progress.show(`starting ${runtime}`);
  return withBrowser({ ...options, runtime, alone: true }, async (session) => {
    const [[driver]] = session.groups as readonly [BrowserGroup];
    const { report, environment } = await benchInBrowser({
      driver,
      server: session.server,
      address: session.address,
      signal: session.signal,
      adapters: [...entries.map(({ name }) => name), 'plain-js'],
      cases,
      residencies,
      rounds: options.rounds,
      onStage: (text) => progress.show(text),
      onReport,
    });
    const browser = { browser: driver.version, software: session.software, page: environment };
    return {
      report,
      environment: { runtime, browsers: [browser], ...(await describeEnvironment()) },
    };
  });
}

/** @throws CommandError `usage` where a shape that was asked for does not fit an operation that was asked for. */
function fitting(cases: readonly BenchCase[]): readonly BenchCase[] {
  try {
    for (const benchCase of cases) checkCase(benchCase);
    return cases;
  } catch (error) {
    if (error instanceof NormError) throw new CommandError('usage', `--shape: ${error.message}`);
    throw error;
  }
}

/** A wrong answer of ours comes first; then an adapter that was asked for by name and could not be opened. */
export function exitCodeOf({ cases, unavailable }: BenchReport, names: readonly string[]): number {
  const wrong = cases.some(({ results }) =>
    results.some(({ adapter, correct }) => !correct && !isNative(adapter)),
  );
  if (wrong) return EXIT.failed;
  const asked = names.filter((name) => !isGroup(name));
  return unavailable.some(({ adapter }) => asked.includes(adapter)) ? EXIT.environment : EXIT.passed;
}

/** Opens what can be had into `adapters`; gives the rest, with reasons. */
async function openAll(
  entries: readonly (typeof BENCH_ADAPTERS)[number][],
  adapters: NormAdapter[],
  progress: Progress,
): Promise<Skipped[]> {
  const unavailable: Skipped[] = [];
  for (const { name, open, reason } of entries) {
    progress.show(`${name}: loading`);
    try {
      if (open === undefined) unavailable.push({ adapter: name, reason: reason ?? 'not available here' });
      else adapters.push(await open());
    } catch (error) {
      unavailable.push({ adapter: name, reason: (error as Error).message });
    }
  }
  return unavailable;
}

/** Values of an option that has a list of them; `all` is all of them. */
function chosen<K extends keyof typeof CHOICES>(
  option: K,
  given: readonly string[] | undefined,
  otherwise: readonly (typeof CHOICES)[K][number][],
): readonly (typeof CHOICES)[K][number][] {
  const known: readonly string[] = CHOICES[option];
  const unknown = given?.find((value) => value !== 'all' && !known.includes(value));
  if (unknown !== undefined) {
    throw new CommandError(
      'usage',
      `--${option} ${unknown} is not known; expected all or one of ${known.join(', ')}.`,
    );
  }
  if (given === undefined) return otherwise;
  return CHOICES[option].filter((value) => given.includes('all') || given.includes(value));
}

/** `4096x768` */
function shapeOf(text: string): number[] {
  if (!/^[1-9]\d*(x[1-9]\d*)*$/.test(text)) {
    throw new CommandError('usage', `--shape ${text}: expected dimensions with x between them, as 4096x768.`);
  }
  return text.split('x').map(Number);
}

/** Commander's parser for a number of rounds. */
export function roundsOf(value: string): number {
  const rounds = Number(value);
  if (Number.isInteger(rounds) && rounds > 0) return rounds;
  throw new CommandError('usage', `--rounds ${value}: expected a whole number, 1 or more.`);
}

/** The command line that makes the run again, without the files that it wrote. */
function ownCommand(): string {
  const args = process.argv.slice(2);
  const kept = args.filter((arg, i) => {
    const before = args[i - 1];
    return !/^--(json|markdown)(=|$)/.test(arg) && before !== '--json' && before !== '--markdown';
  });
  return ['npx', 'normlayers', ...kept].join(' ');
}

function write(option: string, path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new CommandError('usage', `${option} ${path} cannot be written: ${(error as Error).message}.`);
  }
}
