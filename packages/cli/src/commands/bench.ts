import {
  type BenchCase,
  type BenchCaseReport,
  type BenchReport,
  benchJson,
  benchVerdict,
  caseTable,
  checkCase,
  ladder,
  type Residency,
  runBenchmark,
  type Skipped,
  toMarkdown,
  unavailableOnes,
  watchGpus,
} from '@normlayers/benchmark';
import type { BrowserRuntime } from '@normlayers/browsers';
import { CATALOGUE, type CatalogueEntry, entryOf, openEntry } from '@normlayers/catalogue';
import { uninstalled } from '@normlayers/catalogue/node';
import { NormError } from '@normlayers/core';
import { DTYPES, LAYOUTS, MODES, type NormAdapter, OPS } from '@normlayers/core/adapter';
import { BrowserBench } from '../browsers/bench-in-browser';
import { type BrowserGroup, withBrowser } from '../browsers/session';
import { browserLine } from '../browsers/suite-in-browser';
import { CommandError, EXIT } from '../command-error';
import { HOST, IN_DENO } from '../deno/host';
import { withInterruption } from '../interruption';
import { chosen, shapeOf } from '../options/choices';
import { type BrowserFlags, isProcess, runtimeOf } from '../options/runtime';
import { askedByName, checkAvailable, isGroup, selectAdapters } from '../options/selection';
import {
  type BenchEnvironment,
  describeBenchEnvironment,
  environmentInWords,
} from '../output/bench-environment';
import { progressLine } from '../output/bench-progress';
import { colour } from '../output/colours';
import { describeEnvironment } from '../output/environment';
import { type Progress, startProgress } from '../output/progress';
import { checkReportFiles, jsonText, writeReports } from '../output/write-report';

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

const RESIDENCIES = ['device', 'host'] as const satisfies readonly Residency[];

/** It is timed beside whatever was asked for. */
const BESIDE = 'plain-js';

/** What is to be timed, where. */
interface Wanted {
  readonly options: BenchOptions;
  readonly cases: readonly BenchCase[];
  readonly residencies: readonly Residency[];
  readonly entries: readonly CatalogueEntry[];
  readonly progress: Progress;
  onReport(report: BenchCaseReport): void;
}

/** What a run in any runtime gives. */
interface Outcome {
  readonly report: BenchReport;
  readonly environment: BenchEnvironment;
  /** Why the run ended before it was done. */
  readonly stopped: CommandError | null;
}

/**
 * Times the chosen adapters, prints a table per case as it is done, writes the files asked for; gives the exit code. A run
 * that is stopped writes what it has, marked as partial, and then throws.
 */
export async function runBenchCommand(options: BenchOptions): Promise<number> {
  const runtime = runtimeOf(options);
  const names = options.adapter ?? ['all'];
  const shapes = options.shape?.map(shapeOf);
  const cases = fitting(
    ladder({
      ops: chosen('op', OPS, options.op, ['layerNorm', 'batchNorm']),
      modes: chosen('mode', MODES, options.mode, ['inference']),
      dtypes: chosen('dtype', DTYPES, options.dtype, ['float32']),
      ...(options.layout === undefined ? {} : { layouts: chosen('layout', LAYOUTS, options.layout) }),
      ...(shapes === undefined ? {} : { shapes }),
    }),
  );
  const residencies = chosen('residency', RESIDENCIES, options.residency);
  const selected = selectAdapters(CATALOGUE, names);
  const plain = entryOf(BESIDE) as CatalogueEntry;
  const wished = selected.includes(plain) ? selected : [...selected, plain];
  const entries = wished.filter((entry) => uninstalled(entry) === null);
  const notInstalled = wished.flatMap((entry): Skipped[] => {
    const reason = uninstalled(entry);
    return reason === null ? [] : [{ adapter: entry.name, reason }];
  });
  await checkAvailable(askedByName(CATALOGUE, names), isProcess(runtime));
  checkReportFiles({ json: options.json, markdown: options.markdown });
  const { remote = [], remoteBrowser = [] } = options;
  if (remote.length > 1 || remoteBrowser.length > 1) {
    throw new CommandError(
      'usage',
      '--remote: bench times in one browser; name one endpoint and one browser.',
    );
  }
  const progress = startProgress(options.quiet === true);
  const onReport = (report: BenchCaseReport) => {
    if (options.quiet !== true) console.log(`${caseTable(report, { colour })}\n`);
  };
  const wanted: Wanted = { options, cases, residencies, entries, progress, onReport };
  let outcome: Outcome;
  try {
    outcome = isProcess(runtime) ? await inProcess(wanted) : await inBrowser(runtime, wanted);
  } finally {
    progress.stop();
  }

  const { environment, stopped } = outcome;
  const report = { ...outcome.report, unavailable: [...outcome.report.unavailable, ...notInstalled] };
  if (stopped === null && options.quiet !== true) {
    if ('browsers' in environment) console.log(`${environment.browsers.map(browserLine).join('\n')}\n`);
    if (report.unavailable.length > 0) console.log(`${unavailableOnes(report.unavailable, { colour })}\n`);
  }
  if (stopped === null) console.log(benchVerdict(report));
  const markdown = () => {
    const words = environmentInWords(environment);
    return toMarkdown(report, {
      command: ownCommand(),
      environment: stopped === null ? words : { ...words, Partial: stopped.message },
    });
  };
  writeReports(
    [
      ['json', options.json, () => jsonText(benchJson(environment, report), stopped)],
      ['markdown', options.markdown, markdown],
    ],
    stopped,
  );
  return exitCodeOf(report, names);
}

async function inProcess({
  options,
  cases,
  residencies,
  entries,
  progress,
  onReport,
}: Wanted): Promise<Outcome> {
  // Node has no GPU. Before a framework is loaded.
  const gpu = IN_DENO ? watchGpus() : undefined;
  return withInterruption(async (signal) => {
    const adapters: NormAdapter[] = [];
    const reports: BenchCaseReport[] = [];
    const unavailable: Skipped[] = [];
    let stopped: CommandError | null = null;
    try {
      for (const entry of entries) {
        signal.throwIfAborted();
        progress.show(`${entry.name}: loading`);
        const opened = await openEntry(entry, HOST);
        if ('reason' in opened) unavailable.push({ adapter: entry.name, reason: opened.reason });
        else adapters.push(opened);
      }
      await runBenchmark(adapters, {
        cases,
        residencies,
        ...(options.rounds === undefined ? {} : { rounds: options.rounds }),
        ...(gpu === undefined ? {} : { gpu }),
        signal,
        onProgress(step) {
          if (step.report === undefined) return progress.show(progressLine(step));
          reports.push(step.report);
          onReport(step.report);
        },
      });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      stopped = error;
    } finally {
      for (const adapter of adapters) await adapter.dispose();
    }
    const environment = await describeBenchEnvironment();
    return { report: { cases: reports, unavailable }, environment, stopped };
  });
}

async function inBrowser(runtime: BrowserRuntime, wanted: Wanted): Promise<Outcome> {
  const { options, cases, residencies, entries, progress, onReport } = wanted;
  progress.show(`starting ${runtime}`);
  return withBrowser({ ...options, runtime, pieces: 1 }, async ({ groups, server, address, ...session }) => {
    const [[driver]] = groups as readonly [BrowserGroup];
    const bench = new BrowserBench({
      // A page holds one build of each framework.
      adapters: entries.filter(({ needs }) => !needs.includes('own page')).map(({ name }) => name),
      cases,
      residencies,
      rounds: options.rounds,
      onStage: (text) => progress.show(text),
      onReport,
    });
    let stopped: CommandError | null = null;
    try {
      const { signal, another } = session;
      await bench.run({ driver, server, address, signal, another });
    } catch (error) {
      if (!(error instanceof CommandError) || bench.environment === null) throw error;
      stopped = error;
    }
    const browser = {
      ...{ browser: driver.version, software: session.software, page: bench.environment },
      ...(bench.lost.length === 0 ? {} : { lost: bench.lost }),
    };
    const environment = { runtime, browsers: [browser], ...describeEnvironment() };
    return { report: bench.report, environment, stopped };
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

/** An answer of ours that is not accurate comes first; then an adapter that was asked for by name and could not be opened. */
export function exitCodeOf({ cases, unavailable }: BenchReport, names: readonly string[]): number {
  const wrong = cases.some(({ results }) =>
    results.some(({ kind, grade }) => kind === 'ours' && grade !== 'accurate'),
  );
  if (wrong) return EXIT.failed;
  const asked = names.filter((name) => !isGroup(name));
  return unavailable.some(({ adapter }) => asked.includes(adapter)) ? EXIT.environment : EXIT.passed;
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
