import { writeFileSync } from 'node:fs';
import type { BrowserRuntime } from '@normlayers/browsers';
import {
  type AdapterReport,
  type ConformanceCase,
  generatedCases,
  isNative,
  type LeftOutVector,
  passes,
  reportMatrix,
  runConformance,
  toJson,
  toJUnit,
  unavailable,
  vectorCases,
} from '@normlayers/conformance';
import type { Op } from '@normlayers/core';
import { browserLine, runBrowserConformance } from './browser/browser-conformance';
import { colour, green, red } from './colours';
import { CommandError, EXIT } from './command-error';
import { describeEnvironment } from './environment';
import { type AdapterEntry, NODE_ADAPTERS } from './node-adapters';
import { BROWSER_ADAPTERS } from './page/browser-adapters';
import { type Progress, startProgress } from './progress';
import { type BrowserFlags, runtimeOf } from './runtime';
import { isGroup, selectAdapters } from './selection';
import { readVectorFiles, vectorFilesAt } from './vector-files';

export interface ConformanceOptions extends BrowserFlags {
  readonly adapter?: readonly string[];
  readonly runtime: string;
  readonly op?: readonly string[];
  readonly vectors?: readonly string[];
  readonly json?: string;
  readonly junit?: string;
  readonly quiet?: boolean;
}

/** What a run in any runtime gives. */
interface Outcome {
  readonly reports: readonly AdapterReport[];
  readonly environment: object;
  /** Adapters that should have run here, and did not. */
  readonly missing: readonly string[];
  /** What it ran on, where the runtime's name does not tell. */
  readonly heading?: string;
}

const OPS: readonly string[] = [
  'batchNorm',
  'layerNorm',
  'instanceNorm',
  'groupNorm',
  'rmsNorm',
] satisfies Op[];

/** Runs the suite over the chosen adapters, prints the matrix, writes the files asked for; gives the exit code. */
export async function runConformanceCommand(options: ConformanceOptions): Promise<number> {
  const ops = options.op ?? OPS;
  const unknown = ops.find((op) => !OPS.includes(op));
  if (unknown !== undefined) {
    throw new CommandError('usage', `--op ${unknown} is not known; expected one of ${OPS.join(', ')}.`);
  }
  const runtime = runtimeOf(options);
  const files = vectorFilesAt(options.vectors ?? []);
  const { cases, leftOut } = collectCases(files, ops);

  const { reports, environment, missing, heading } =
    runtime === 'node'
      ? await inNode(options, cases)
      : await inBrowser(runtime, { ...options, vectors: files, op: ops }, cases);
  if (options.json !== undefined) {
    writeReport(options.json, `${JSON.stringify(toJson(environment, reports), null, 1)}\n`);
  }
  if (options.junit !== undefined) writeReport(options.junit, toJUnit(reports));
  if (options.quiet !== true) {
    if (heading !== undefined) console.log(`${heading}\n`);
    console.log(`${reportMatrix(reports, { colour, leftOut })}\n`);
  }
  console.log(verdict(reports));
  return exitCodeOf(reports, missing);
}

/** Failed cases of ours come first; then an adapter that should have run, and could not be loaded. */
export function exitCodeOf(reports: readonly AdapterReport[], missing: readonly string[]): number {
  if (!reports.every(passes)) return EXIT.failed;
  return missing.length > 0 ? EXIT.environment : EXIT.passed;
}

async function inNode(options: ConformanceOptions, cases: readonly ConformanceCase[]): Promise<Outcome> {
  const entries = selectAdapters(NODE_ADAPTERS, options.adapter ?? ['all']);
  const reports = await runAll(entries, cases, options.quiet === true);
  const missing = entries.flatMap(({ name, open }) =>
    open !== undefined && reports.some((report) => report.name === name && !report.available) ? [name] : [],
  );
  return { reports, missing, environment: { runtime: 'node', ...(await describeEnvironment()) } };
}

async function inBrowser(
  runtime: BrowserRuntime,
  options: ConformanceOptions,
  cases: readonly ConformanceCase[],
): Promise<Outcome> {
  const names = options.adapter ?? ['all'];
  const adapters = selectAdapters(BROWSER_ADAPTERS, names);
  const asked = selectAdapters(
    BROWSER_ADAPTERS,
    names.filter((name) => !isGroup(name)),
  );
  const { op = [], vectors = [] } = options;
  const progress = startProgress(options.quiet === true);
  try {
    const { reports, environment, unloaded } = await runBrowserConformance({
      options: { ...options, runtime, vectors },
      adapters,
      cases,
      ops: op as Op[],
      progress,
    });
    const absent = reports.filter(({ available }) => !available).map(({ name }) => name);
    const missing = absent.filter(
      (name) => unloaded.includes(name) || asked.some((entry) => entry.name === name),
    );
    return { reports, environment, missing, heading: environment.browsers.map(browserLine).join('\n') };
  } finally {
    progress.stop();
  }
}

function collectCases(
  files: readonly string[],
  ops: readonly string[],
): { cases: ConformanceCase[]; leftOut: LeftOutVector[] } {
  try {
    const { cases, leftOut } = vectorCases(readVectorFiles(files));
    return {
      cases: [...generatedCases(), ...cases].filter(({ op }) => ops.includes(op)),
      leftOut: [...leftOut],
    };
  } catch (error) {
    if (error instanceof TypeError) throw new CommandError('usage', `--vectors: ${error.message}`);
    throw error;
  }
}

async function runAll(
  entries: readonly AdapterEntry[],
  cases: readonly ConformanceCase[],
  quiet: boolean,
): Promise<AdapterReport[]> {
  const progress = startProgress(quiet);
  const reports: AdapterReport[] = [];
  try {
    for (const entry of entries) reports.push(await runOne(entry, cases, progress));
  } finally {
    progress.stop();
  }
  return reports;
}

async function runOne(
  { name, open, reason }: AdapterEntry,
  cases: readonly ConformanceCase[],
  progress: Progress,
): Promise<AdapterReport> {
  if (open === undefined) return unavailable(name, reason ?? 'not available here');
  progress.show(`${name}: loading`);
  try {
    await using adapter = await open();
    let failed = 0;
    return await runConformance(adapter, {
      cases,
      onProgress({ done, total, report }) {
        if (report.status === 'failed') failed++;
        progress.show(`${name}: ${done} of ${total} cases${failed === 0 ? '' : `, ${failed} failed`}`);
      },
    });
  } catch (error) {
    return unavailable(name, (error as Error).message);
  }
}

function writeReport(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new CommandError('usage', `${path} cannot be written: ${(error as Error).message}.`);
  }
}

/** The last line: one sentence that says whether the run passes and where to look next. */
function verdict(reports: readonly AdapterReport[]): string {
  const ours = reports.filter(({ name, available }) => available && !isNative(name));
  const natives = reports.filter(({ name, available }) => available && isNative(name));
  const failed = ours.filter((report) => !passes(report));
  const findings = natives.reduce((total, { totals }) => total + totals.failed, 0);
  const found = natives.length === 0 ? '' : ` The frameworks' own operators get ${findings} cases wrong.`;
  if (ours.length === 0) return `${found.trim()}`;
  if (failed.length === 0) return `${green('Passed')}: ${ours.map(({ name }) => name).join(', ')}.${found}`;
  const names = failed.map(({ name, totals }) => `${name} (${totals.failed})`).join(', ');
  return `${red('Failed')}: ${names}.${found} One adapter alone: --adapter ${failed[0].name}; every case: --json FILE.`;
}
