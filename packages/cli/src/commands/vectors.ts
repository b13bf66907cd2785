import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import {
  type AdapterReport,
  conformanceJson,
  GRADES,
  type Grade,
  passes,
  reportMatrix,
  reportVerdict,
  toJUnit,
} from '@normlayers/conformance';
import { exportVectors, judgeVectors } from '@normlayers/conformance/files';
import { NormError } from '@normlayers/core';
import { CommandError, EXIT } from '../command-error';
import { chosen } from '../options/choices';
import { colour } from '../output/colours';
import { describeEnvironment } from '../output/environment';
import { startProgress } from '../output/progress';
import { checkReportFiles, jsonText, junitText, writeReports } from '../output/write-report';

/** Writes the suite's cases into a folder, for a program in any language; gives the exit code. */
export async function exportVectorsCommand(folder: string): Promise<number> {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new CommandError('usage', `${folder} is not empty; name a folder that is, or a new one.`);
  }
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new CommandError('usage', `${folder} cannot be made: ${(error as Error).message}.`);
  }
  const progress = startProgress(false);
  try {
    const { cases, bytes } = await exportVectors(folder, { onFile: (path) => progress.show(path) });
    progress.stop();
    console.log(
      `${cases} cases, ${(bytes / 1e6).toFixed(1)} MB, in ${folder}. Next: normlayers vectors judge ${folder}`,
    );
    return EXIT.passed;
  } catch (error) {
    if (!isFromFileSystem(error)) throw error;
    // The index is written last.
    throw new CommandError(
      'environment',
      `${folder} cannot be written: ${error.message}. It has no index.json, so nothing takes it for the cases; remove it.`,
    );
  } finally {
    progress.stop();
  }
}

function isFromFileSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

export interface JudgeVectorsOptions {
  readonly name?: string;
  readonly grade?: string;
  readonly json?: string;
  readonly junit?: string;
  readonly quiet?: boolean;
}

/** Judges the results that a program has put beside exported cases; gives the exit code. */
export async function judgeVectorsCommand(folder: string, options: JudgeVectorsOptions): Promise<number> {
  const [grade] = chosen<Grade>('grade', GRADES, [options.grade ?? 'ordinary']);
  checkReportFiles({ json: options.json, junit: options.junit });
  const report = await judged(folder, { name: options.name ?? 'program', grade: grade as Grade });
  if (options.quiet !== true) console.log(`${reportMatrix([report], { colour })}\n`);
  console.log(reportVerdict([report]));
  const environment = () => ({ runtime: 'program', ...describeEnvironment() });
  writeReports([
    ['json', options.json, () => jsonText(conformanceJson(environment(), [report]), null)],
    ['junit', options.junit, () => junitText(toJUnit([report]), null)],
  ]);
  return passes(report) ? EXIT.passed : EXIT.failed;
}

async function judged(folder: string, options: { name: string; grade: Grade }): Promise<AdapterReport> {
  try {
    return await judgeVectors(folder, options);
  } catch (error) {
    if (error instanceof TypeError || error instanceof NormError) {
      throw new CommandError('usage', `${folder}: ${error.message}`);
    }
    throw error;
  }
}
