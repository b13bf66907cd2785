import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { LeftOutVector } from '../vector-formats/index';
import { onnxTestVector } from '../vector-formats/onnx-test-case';

/** Vectors parsed from files, for `vectorCases` to make cases of. */
export interface ReadVectors {
  readonly vectors: readonly unknown[];
  /** ONNX test cases that are no vector of ours, each with the reason. */
  readonly leftOut: readonly LeftOutVector[];
}

/** The folder of the vectors that come with this package; sources.md in it says where they are from. */
export function vectorsFolder(): string {
  const { resolve } = createRequire(import.meta.url);
  return join(dirname(resolve('@normlayers/conformance/package.json')), 'vectors');
}

/**
 * Reads vectors from paths, each one of: a JSON file in the neutral format; a folder of such files; one of ONNX's own
 * test folders (`model.onnx` with `test_data_set_*`); a folder of those.
 *
 * @throws TypeError naming the path for what is none of these: an empty list, a folder with nothing to read in it.
 */
export function readVectors(paths: readonly string[]): ReadVectors {
  const all = paths.map(readPath);
  return { vectors: all.flatMap(({ vectors }) => vectors), leftOut: all.flatMap(({ leftOut }) => leftOut) };
}

function readPath(path: string): ReadVectors {
  const found = filesAt(path);
  const vectors: unknown[] = [];
  const leftOut: LeftOutVector[] = [];
  for (const file of found.json) vectors.push(...jsonVectors(file));
  for (const folder of found.onnx) {
    for (const { name, vector } of onnxVectors(folder)) {
      if (typeof vector === 'string') leftOut.push({ name, reason: vector });
      else vectors.push(vector);
    }
  }
  if (vectors.length + leftOut.length > 0) return { vectors, leftOut };
  throw new TypeError(`${path} holds no vector; expected JSON files, or model.onnx with test_data_set_*`);
}

interface Found {
  readonly json: readonly string[];
  /** Folders with a `model.onnx`. */
  readonly onnx: readonly string[];
}

function filesAt(path: string): Found {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (error) {
    throw new TypeError(`${path} cannot be read: ${(error as Error).message}`);
  }
  if (!isFolder) return { json: [path], onnx: [] };
  const names = readdirSync(path).sort();
  if (names.includes('model.onnx')) return { json: [], onnx: [path] };
  const inner = names.filter((name) => statSync(join(path, name)).isDirectory());
  return {
    json: names.filter((name) => name.endsWith('.json')).map((name) => join(path, name)),
    onnx: inner
      .map((name) => join(path, name))
      .filter((folder) => readdirSync(folder).includes('model.onnx')),
  };
}

function jsonVectors(file: string): unknown[] {
  const parsed = parse(file);
  if (Array.isArray(parsed) && parsed.length > 0) return parsed;
  throw new TypeError(`${file}: expected a JSON array of vectors, one at least`);
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new TypeError(`${file} is no JSON: ${(error as Error).message}`);
  }
}

/** One vector for each data set of a folder. */
function onnxVectors(folder: string): { name: string; vector: ReturnType<typeof onnxTestVector> }[] {
  const sets = readdirSync(folder).filter((name) => /^test_data_set_\d+$/.test(name));
  if (sets.length === 0) throw new TypeError(`${folder} has a model.onnx and no test_data_set_*`);
  const model = readFileSync(join(folder, 'model.onnx'));
  return sets.sort().map((set) => {
    const title =
      sets.length === 1 ? basename(folder) : `${basename(folder)} ${set.replace('test_data_', '')}`;
    try {
      const files = {
        inputs: protosIn(join(folder, set), 'input'),
        outputs: protosIn(join(folder, set), 'output'),
      };
      return { name: `onnx/${title}`, vector: onnxTestVector({ name: title, model, ...files }) };
    } catch (error) {
      throw new TypeError(`${join(folder, set)} is no ONNX test case: ${(error as Error).message}`);
    }
  });
}

/** `input_0.pb`, `input_1.pb` and so on, in the order of their numbers. */
function protosIn(folder: string, kind: 'input' | 'output'): Uint8Array[] {
  const numberOf = (name: string) => Number(/_(\d+)\.pb$/.exec(name)?.[1]);
  return readdirSync(folder)
    .filter((name) => new RegExp(`^${kind}_\\d+\\.pb$`).test(name))
    .sort((a, b) => numberOf(a) - numberOf(b))
    .map((name) => readFileSync(join(folder, name)));
}
