import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vectorsFolder } from '../src/files/index';

/** The vectors of others, read where they lie beside the repository. */
const OUTSIDE = fileURLToPath(new URL('../../../../shared/vectors/', import.meta.url));

export const VECTOR_FILES = ['onnx', 'wpt-webnn', 'tfjs', 'torch-public'] as const;

/** A file's vectors; null, with a line that says what that leaves out, where neither the package nor its neighbour has it. */
export function sharedVectors(file: (typeof VECTOR_FILES)[number]): unknown[] | null {
  for (const folder of [vectorsFolder(), OUTSIDE]) {
    const path = join(folder, `${file}.json`);
    if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as unknown[];
  }
  console.log(`left out: the vectors of ${file}.json, which are not beside this repository`);
  return null;
}
