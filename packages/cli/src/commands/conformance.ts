import type { BrowserRuntime } from '@normlayers/browsers';
import {
  type CatalogueEntry,
  inspectCase,
  inspectionText,
  openEntry,
  SUITE_ENTRIES,
} from '@normlayers/catalogue';
import { uninstalled } from '@normlayers/catalogue/node';
import {
  type AdapterReport,
  adapterReport,
  type CaseReport,
  type ConformanceCase,
  conformanceJson,
  fallsShort,
  generatedCases,
  gradeAskedOf,
  type LeftOutVector,
  passes,
  reportMatrix,
  reportVerdict,
  runConformance,
  shortfalls,
  toJUnit,
  unavailable,
  vectorCases,
} from '@normlayers/conformance';
import { DTYPES, MODES, OPS } from '@normlayers/core/adapter';
import { browserLine, suiteInBrowser } from '../browsers/suite-in-browser';
import { CommandError, EXIT } from '../command-error';
import { HOST } from '../deno/host';
import { withInterruption } from '../interruption';
import { type CaseSelection, type Part, selectCases } from '../options/case-selection';
import { chosen } from '../options/choices';
import { type BrowserFlags, isProcess, runtimeOf } from '../options/runtime';
import { askedByName, checkAvailable, selectAdapters } from '../options/selection';
import { colour, green, red } from '../output/colours';
import { describeEnvironment } from '../output/environment';
import { type Progress, startProgress } from '../output/progress';
import { checkReportFiles, jsonText, junitText, writeReports } from '../output/write-report';

export interface ConformanceOptions extends BrowserFlags {
  readonly adapter?: readonly string[];
  readonly without?: readonly string[];
  readonly runtime: string;
  readonly op?: readonly string[];
  readonly mode?: readonly string[];
  readonly dtype?: readonly string[];
  readonly case?: readonly string[];
  readonly part?: Part;
  readonly vectors?: readonly string[];
  readonly json?: string;
  readonly junit?: string;
  readonly quiet?: boolean;
}

/** What is to be run, all of it checked. */
interface Wanted {
  readonly options: ConformanceOptions;
  readonly adapters: readonly CatalogueEntry[];
  /** Those that were asked for one by one. */
  readonly asked: readonly CatalogueEntry[];
  readonly cases: readonly ConformanceCase[];
  readonly selection: CaseSelection;
  /** Undefined where none were asked for. */
  readonly vectors: readonly unknown[] | undefined;
  readonly progress: Progress;
}

/** What a run in any runtime gives. */
interface Outcome {
  readonly reports: readonly AdapterReport[];
  readonly environment: object;
  /** Adapters that should have run here, and did not. */
  readonly missing: readonly string[];
  /** What it ran on, where the runtime's name does not tell. */
  readonly heading?: string;
  /** Cases that were asked for by name, looked at closely. */
  readonly inspected: readonly string[];
  /** Why the run ended before it was done. */
  readonly stopped: CommandError | null;
}

/** How many cases of an adapter are looked at closely, where they were asked for by name. */
const INSPECTED = 10;

/**
 * Runs the suite over the chosen adapters, prints the matrix, writes the files asked for; gives the exit code. A run that is
 * stopped writes what it has, marked as partial, and then throws.
 */
export async function runConformanceCommand(options: ConformanceOptions): Promise<number> {
  const runtime = runtimeOf(options);
  const names = options.adapter ?? ['all'];
  const selected = selectAdapters(SUITE_ENTRIES, names, options.without);
  const adapters = selected.filter((entry) => uninstalled(entry) === null);
  const notInstalled = selected.flatMap((entry) => {
    const reason = uninstalled(entry);
    return reason === null ? [] : [unavailable(entry, reason)];
  });
  const asked = askedByName(SUITE_ENTRIES, names);
  const selection: CaseSelection = {
    ops: chosen('op', OPS, options.op),
    modes: chosen('mode', MODES, options.mode),
    dtypes: chosen('dtype', DTYPES, options.dtype),
    names: options.case ?? [],
    ...(options.part === undefined ? {} : { part: options.part }),
  };
  await checkAvailable(asked, isProcess(runtime));
  checkReportFiles({ json: options.json, junit: options.junit });
  const { cases, vectors, leftOut } = await collectCases(options.vectors, selection);
  const progress = startProgress(options.quiet === true);
  const wanted = { options, adapters, asked, cases, selection, vectors, progress };
  let outcome: Outcome;
  try {
    outcome = isProcess(runtime) ? await inProcess(runtime, wanted) : await inBrowser(runtime, wanted);
  } finally {
    progress.stop();
  }

  const { environment, missing, heading, inspected, stopped } = outcome;
  const reports = [...outcome.reports, ...notInstalled];
  // What has been found is shown also where the run was stopped, which the error then says.
  const found = stopped === null || reports.some(({ cases }) => cases.length > 0);
  if (options.quiet !== true && found) {
    if (heading !== undefined) console.log(`${heading}\n`);
    console.log(`${reportMatrix(reports, { colour, leftOut })}\n`);
    for (const text of inspected) console.log(`${text}\n`);
  }
  if (stopped === null) console.log(verdict(reports));
  writeReports(
    [
      ['json', options.json, () => jsonText(conformanceJson(environment, reports), stopped)],
      ['junit', options.junit, () => junitText(toJUnit(reports), stopped)],
    ],
    stopped,
  );
  return exitCodeOf(reports, missing);
}

/** Failed cases of ours come first; then an adapter that should have run, and could not be loaded. */
export function exitCodeOf(reports: readonly AdapterReport[], missing: readonly string[]): number {
  if (!reports.every(passes)) return EXIT.failed;
  return missing.length > 0 ? EXIT.environment : EXIT.passed;
}

async function inProcess(runtime: 'node' | 'deno', wanted: Wanted): Promise<Outcome> {
  const { adapters } = wanted;
  return withInterruption(async (signal) => {
    const reports: AdapterReport[] = [];
    const inspected: string[] = [];
    const missing: string[] = [];
    let stopped: CommandError | null = null;
    try {
      for (const entry of adapters) {
        const loaded = await runOne(entry, wanted, signal, reports, inspected);
        if (!loaded) missing.push(entry.name);
      }
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      stopped = error;
    }
    const environment = { runtime, ...describeEnvironment() };
    return { reports, missing, environment, inspected, stopped };
  });
}

/**
 * Adds an adapter's report; also where it is stopped in the middle of its cases.
 *
 * @returns false where nothing that it needs is missing here, and it could not be loaded.
 */
async function runOne(
  entry: CatalogueEntry,
  { cases, selection, progress }: Wanted,
  signal: AbortSignal,
  reports: AdapterReport[],
  inspected: string[],
): Promise<boolean> {
  const { name } = entry;
  signal.throwIfAborted();
  progress.show(`${name}: loading`);
  const opened = await openEntry(entry, HOST);
  if ('reason' in opened) {
    reports.push(unavailable(entry, opened.reason));
    return opened.need !== undefined;
  }
  await using adapter = opened;
  const asked = gradeAskedOf(entry.kind);
  const done: CaseReport[] = [];
  let failed = 0;
  try {
    await runConformance(adapter, {
      cases,
      signal,
      onProgress({ total, report }) {
        done.push(report);
        if (fallsShort(report, asked)) failed++;
        progress.show(`${name}: ${done.length} of ${total} cases${failed === 0 ? '' : `, ${failed} failed`}`);
      },
    });
  } finally {
    reports.push(adapterReport(entry, done));
  }
  if (selection.names.length > 0) {
    for (const testCase of cases.slice(0, INSPECTED)) {
      inspected.push(inspectionText(await inspectCase(adapter, testCase)));
    }
  }
  return true;
}

async function inBrowser(runtime: BrowserRuntime, wanted: Wanted): Promise<Outcome> {
  const { options, adapters, asked, cases, selection, vectors, progress } = wanted;
  const { reports, environment, unloaded, inspected, stopped } = await suiteInBrowser({
    browser: { ...options, runtime, vectors },
    adapters,
    cases,
    selection,
    progress,
  });
  const absent = reports.filter(({ available }) => !available).map(({ name }) => name);
  const missing = absent.filter(
    (name) => unloaded.includes(name) || asked.some((entry) => entry.name === name),
  );
  const heading = environment.browsers.map(browserLine).join('\n');
  return { reports, environment, missing, heading, inspected, stopped };
}

/** Reads ONNX's protobuf too: 0.1 s to load, which a run without vectors does not need. */
const vectorFiles = () => import('@normlayers/conformance/files');

/** @throws CommandError `usage` for what is not in a format of vectors, and where no case is selected. */
async function collectCases(
  paths: readonly string[] | undefined,
  selection: CaseSelection,
): Promise<{
  cases: ConformanceCase[];
  vectors: readonly unknown[] | undefined;
  leftOut: LeftOutVector[];
}> {
  try {
    const read = paths === undefined ? undefined : (await vectorFiles()).readVectors(paths);
    const { cases: fromVectors, leftOut } = vectorCases(read?.vectors ?? []);
    const cases = [...selectCases(selection, [...generatedCases(), ...fromVectors])];
    const allLeftOut = [...(read?.leftOut ?? []), ...leftOut];
    if (cases.length > 0) return { cases, vectors: read?.vectors, leftOut: allLeftOut };
  } catch (error) {
    if (error instanceof TypeError) throw new CommandError('usage', `--vectors: ${error.message}`);
    throw error;
  }
  const { names } = selection;
  throw new CommandError(
    'usage',
    names.length === 0
      ? 'no case has this operation, mode and type.'
      : `--case ${names.join(', ')}: no case's name has that in it.`,
  );
}

/** The last lines: whether the run passes, and where to look next. */
function verdict(reports: readonly AdapterReport[]): string {
  const said = reportVerdict(reports)
    .replace(/^Passed/, green('Passed'))
    .replaceAll(/(^|\. )Failed/g, (_, before) => `${before}${red('Failed')}`);
  const failed = reports.find((report) => !passes(report));
  if (failed === undefined) return said;
  const [first] = shortfalls(failed);
  return `${said} One case closely: --adapter ${failed.name} --case '${first?.name}'; every case: --json FILE.`;
}
