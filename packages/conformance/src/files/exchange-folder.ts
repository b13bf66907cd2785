import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ConformanceCase } from '../cases/conformance-case';
import { exportedFiles } from '../exchange/export-vectors';
import { type JudgeExportedOptions, judgeExported } from '../exchange/judge-exported';
import type { AdapterReport } from '../reports/adapter-report';

export interface ExportOptions {
  /** Default: `generatedCases()`. */
  readonly cases?: readonly ConformanceCase[];
  /** Called after each file. */
  readonly onFile?: (path: string) => void;
}

export type JudgeOptions = JudgeExportedOptions;

/**
 * Writes the cases for a program in any language into a folder, which is made where it is not there.
 *
 * @returns how many cases and bytes were written.
 */
export async function exportVectors(
  folder: string,
  { cases, onFile }: ExportOptions = {},
): Promise<{ readonly cases: number; readonly bytes: number }> {
  const written = { cases: 0, bytes: 0 };
  for (const { path, bytes } of exportedFiles(cases)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
    written.bytes += bytes.length;
    if (path !== 'index.json') written.cases++;
    onFile?.(path);
  }
  return written;
}

/**
 * Judges the results that a program put into an exported folder.
 *
 * @throws TypeError for a folder that is none of ours; NormError `missing-argument` where no case has results.
 */
export function judgeVectors(folder: string, options: JudgeOptions = {}): Promise<AdapterReport> {
  return judgeExported((path) => readIfThere(join(folder, path)), options);
}

async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
