import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The vectors from outside, read where they lie beside the repository. */
const FOLDER = fileURLToPath(new URL('../../../../shared/vectors/', import.meta.url));

export const VECTOR_FILES = ['onnx', 'wpt-webnn', 'tfjs', 'torch-public'] as const;

/** A file's vectors; null, with a line that says what that leaves out, where the folder is not there. */
export function sharedVectors(file: (typeof VECTOR_FILES)[number]): unknown[] | null {
  const path = `${FOLDER}${file}.json`;
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as unknown[];
  console.log(`left out: the vectors of ${file}.json, which are not beside this repository`);
  return null;
}
