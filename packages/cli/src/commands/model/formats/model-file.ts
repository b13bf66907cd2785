import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { NormError } from '@normlayers/core';
import { type ExternalFiles, externalLocations } from '@normlayers/model';
import { type TfjsArtifacts, tfjsArtifacts } from '@normlayers/model/tfjs';
import { CommandError } from '../../../command-error';

/** An ONNX model with the files beside it. */
export interface OnnxModelFile {
  readonly format: 'onnx';
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Its weights in other files, read as asked for. */
  readonly files: ExternalFiles;
  /** Where these are, as the model names them. */
  readonly locations: readonly string[];
}

export interface TfjsModelFile {
  readonly format: 'tfjs';
  readonly path: string;
  readonly artifacts: TfjsArtifacts;
}

/** @throws CommandError `usage` where there is no such file, or it is no model. */
export function readModelFile(path: string): OnnxModelFile | TfjsModelFile {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new CommandError('usage', `${path}: there is no such file.`);
  }
  return sayingWhich(path, () => {
    const bytes = new Uint8Array(readFileSync(path));
    if (path.endsWith('.json')) return { format: 'tfjs', path, artifacts: artifactsOf(path, bytes) };
    const folder = dirname(resolve(path));
    return { format: 'onnx', path, bytes, files: filesIn(folder), locations: externalLocations(bytes) };
  });
}

/** What goes wrong with the file's own bytes is the command line's fault. */
export function sayingWhich<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof NormError && ['file', 'unsupported', 'unknown-argument'].includes(error.code)) {
      throw new CommandError('usage', `${path}: ${error.message}`);
    }
    throw error;
  }
}

function artifactsOf(path: string, bytes: Uint8Array): TfjsArtifacts {
  const folder = dirname(resolve(path));
  const files: Record<string, Uint8Array> = { 'model.json': bytes };
  for (const name of shardsIn(bytes)) {
    const shard = inside(folder, name);
    if (existsSync(shard)) files[name] = new Uint8Array(readFileSync(shard));
  }
  return tfjsArtifacts(files);
}

/** Where a model.json says that its weights are; what is none is told of by whoever reads it. */
export function shardsIn(bytes: Uint8Array): string[] {
  try {
    const { weightsManifest = [] } = JSON.parse(new TextDecoder().decode(bytes));
    return weightsManifest.flatMap(({ paths }: { paths: string[] }) => paths);
  } catch {
    return [];
  }
}

function filesIn(folder: string): ExternalFiles {
  return (location, offset, length) => {
    const path = inside(folder, location);
    if (!existsSync(path)) return undefined;
    const size = length ?? statSync(path).size - offset;
    const bytes = new Uint8Array(Math.max(0, size));
    const file = openSync(path, 'r');
    try {
      const read = readSync(file, bytes, 0, bytes.length, offset);
      return read === bytes.length ? bytes : undefined;
    } finally {
      closeSync(file);
    }
  };
}

/** A file that a model names lies in its folder or below: a model may come from anywhere. */
export function inside(folder: string, name: string): string {
  const path = resolve(join(folder, name));
  if (isAbsolute(name) || !path.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
    throw new NormError('file', `it names ${name}, which is not beside it.`);
  }
  return path;
}
