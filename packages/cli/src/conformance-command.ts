import { writeFileSync } from 'node:fs';
import {
  type AdapterReport,
  type ConformanceCase,
  generatedCases,
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

const OPS: readonly Op[] = ['batchNorm', 'layerNorm', 'instanceNorm', 'groupNorm', 'rmsNorm'];

/** Runs the suite over the chosen adapters, prints the matrix, writes the files asked for; gives the exit code. */
export async function runConformanceCommand(options: ConformanceOptions): Promise<number> {
  const ops = checkOps(options.op ?? OPS);
  checkRuntime(options.runtime);
  const entries = selectAdapters(NODE_ADAPTERS, options.adapter ?? ['all']);
  const { cases, leftOut } = collectCases(options.vectors ?? [], ops);

  const progress = startProgress(options.quiet ?? false);
  const reports: AdapterReport[] = [];
  try {
    for (const entry of entries) reports.push(await runOne(entry, cases, progress));
  } finally {
    progress.stop();
  }

  const environment = await describeEnvironment();
  if (options.json !== undefined) writeReport(options.json, `${JSON.stringify(toJson(environment, reports), null, 1)}\n`);
  if (options.junit !== undefined) writeReport(options.junit, toJUnit(reports));
  if (options.quiet !== true) console.log(reportMatrix(reports, { colour: pc.isColorSupported, leftOut }));
  const failed = reports.filter((report) => !passes(report));
  console.log(verdict(reports, failed));
  return failed.length === 0 ? EXIT.passed : EXIT.failed;
}
