import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { CommandError } from '../command-error';

/** The vectors of files in one list. */
export function readVectorFiles(files: readonly string[]): unknown[] {
  return files.flatMap(parse);
}

/** The files that paths of files, and of folders of files, stand for. */
export function vectorFilesAt(paths: readonly string[]): string[] {
  return paths.flatMap(filesAt);
}

function filesAt(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new CommandError('usage', `--vectors ${path}: there is no such file or folder.`);
  if (!stats.isDirectory()) return [path];
  const files = readdirSync(path).filter((file) => extname(file) === '.json');
  if (files.length === 0)
    throw new CommandError('usage', `--vectors ${path}: the folder holds no .json file.`);
  return files.sort().map((file) => join(path, file));
}

function parse(path: string): unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CommandError('usage', `--vectors ${path}: not JSON (${(error as Error).message}).`);
  }
  if (!Array.isArray(parsed))
    throw new CommandError('usage', `--vectors ${path}: expected an array of cases.`);
  return parsed;
}
