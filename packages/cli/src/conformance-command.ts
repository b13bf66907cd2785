import { writeFileSync } from 'node:fs';
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
import pc from 'picocolors';
import { CommandError, EXIT } from './command-error';
import { describeEnvironment } from './environment';
import { type AdapterEntry, NODE_ADAPTERS } from './node-adapters';
import { type Progress, startProgress } from './progress';
import { selectAdapters } from './selection';
import { readVectorFiles } from './vector-files';

export interface ConformanceOptions {
  readonly adapter?: readonly string[];
  readonly runtime: string;
  readonly op?: readonly string[];
  readonly vectors?: readonly string[];
  readonly json?: string;
  readonly junit?: string;
  readonly quiet?: boolean;
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
  checkRuntime(options.runtime);
  const entries = selectAdapters(NODE_ADAPTERS, options.adapter ?? ['all']);
  const { cases, leftOut } = collectCases(options.vectors ?? [], ops);

  const reports = await runAll(entries, cases, options.quiet === true);
  if (options.json !== undefined) {
    writeReport(options.json, `${JSON.stringify(toJson(await describeEnvironment(), reports), null, 1)}\n`);
  }
  if (options.junit !== undefined) writeReport(options.junit, toJUnit(reports));
  if (options.quiet !== true)
    console.log(`${reportMatrix(reports, { colour: pc.isColorSupported, leftOut })}\n`);
  console.log(verdict(reports));
  return exitCodeOf(reports, entries);
}

/** Failed cases of ours come first; then a framework that could not be loaded although it should run here. */
export function exitCodeOf(reports: readonly AdapterReport[], entries: readonly AdapterEntry[]): number {
  if (!reports.every(passes)) return EXIT.failed;
  const runsHere = (name: string) => entries.some((entry) => entry.name === name && entry.open !== undefined);
  return reports.some(({ name, available }) => !available && runsHere(name)) ? EXIT.environment : EXIT.passed;
}

function checkRuntime(runtime: string): void {
  if (runtime === 'chromium') {
    throw new CommandError(
      'environment',
      'this version of normlayers runs in Node only; leave --runtime out.',
    );
  }
  if (runtime !== 'node')
    throw new CommandError('usage', `--runtime ${runtime} is not known; expected node or chromium.`);
}

function collectCases(
  paths: readonly string[],
  ops: readonly string[],
): { cases: ConformanceCase[]; leftOut: LeftOutVector[] } {
  try {
    const { cases, leftOut } = vectorCases(readVectorFiles(paths));
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
  if (failed.length === 0)
    return `${pc.green('Passed')}: ${ours.map(({ name }) => name).join(', ')}.${found}`;
  const names = failed.map(({ name, totals }) => `${name} (${totals.failed})`).join(', ');
  return `${pc.red('Failed')}: ${names}.${found} One adapter alone: --adapter ${failed[0].name}; every case: --json FILE.`;
}
