import type { Tensor } from '@normlayers/core';
import { attributesOf, planCall, tensorsOf } from '@normlayers/core/adapter';
import { toSafetensors } from '@normlayers/core/safetensors';
import type { ConformanceCase } from '../cases/conformance-case';
import { generatedCases } from '../cases/generated-cases';
import { type OutputTruth, truthOfCall } from '../judging/truth';
import { EXPORTED_PARTS, type ExportedCase, type ExportedIndex, UNJUDGED } from './exported-case';

/** A file of an exported folder. */
export interface ExportedFile {
  /** Below the folder, with `/` between its parts. */
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The cases for a program in any language, file by file, the index last: each case's tensors, its float64 truth, bounds
 * and conditions as a safetensors file, and `index.json`, which says what each asks for. VECTORS.md documents them. Cases
 * of bad input are not among them: what they ask is particular to this library.
 *
 * @param cases default: `generatedCases()`.
 *
 * @example
 * ```ts
 * import { exportedFiles, generatedCases, selectCases } from '@normlayers/conformance';
 *
 * const cases = selectCases(generatedCases(), { case: 'tfjs #1106' });
 * const paths = [...exportedFiles(cases)].map(({ path }) => path);
 * assert.deepEqual(paths, ['cases/0001.safetensors', 'cases/0002.safetensors', 'index.json']);
 * ```
 */
export function* exportedFiles(
  cases: readonly ConformanceCase[] = generatedCases(),
): Generator<ExportedFile, void> {
  const exported: ExportedCase[] = [];
  for (const testCase of cases.filter(({ refusal }) => refusal === undefined)) {
    const number = String(exported.length + 1).padStart(4, '0');
    const truth = truthOfCall(testCase.call);
    const entry = entryOf(testCase, `${number}.safetensors`);
    const parts = Object.entries(truth).flatMap(([name, output]) => partsOf(name, output));
    exported.push(entry);
    yield {
      path: entry.file,
      bytes: toSafetensors({ ...tensorsOf(testCase.call), ...Object.fromEntries(parts) }),
    };
  }
  const index: ExportedIndex = { schema: 1, cases: exported };
  yield { path: 'index.json', bytes: new TextEncoder().encode(`${JSON.stringify(index, null, 1)}\n`) };
}

function entryOf({ name, op, mode, dtype, call, note, cites }: ConformanceCase, file: string): ExportedCase {
  const { epsilon, gammaOffset, axes, channelAxis, groups, centred, statistics, running, outputs } =
    planCall(call);
  return {
    name,
    op,
    mode,
    dtype,
    file: `cases/${file}`,
    outputsFile: `outputs/${file}`,
    inputs: Object.keys(tensorsOf(call)),
    outputs,
    attributes: attributesOf(call),
    resolved: { epsilon, gammaOffset, axes, channelAxis, groups, centred, statistics, running },
    ...(note === undefined ? {} : { note }),
    ...(cites === undefined ? {} : { cites }),
  };
}

function partsOf(name: string, output: OutputTruth): [string, Tensor][] {
  const { shape, unjudged } = output;
  const parts = Object.entries(EXPORTED_PARTS).map(([part, field]): [string, Tensor] => [
    `${part}.${name}`,
    part === 'truth' ? { dtype: 'float64', shape, data: output[field] } : boundTensor(output[field], shape),
  ]);
  if (unjudged.includes(1)) {
    parts.push([`${UNJUDGED}.${name}`, { dtype: 'float32', shape, data: Float32Array.from(unjudged) }]);
  }
  return parts;
}

/** The least and the largest magnitude that float32 keeps to seven digits, with room to spare. */
const [LEAST, MOST] = [1e-30, 1e30];

/** A bound needs no more than seven digits: float32 where its range is enough. */
function boundTensor(data: Float64Array, shape: readonly number[]): Tensor {
  const fits = data.every((bound) => bound === 0 || (bound > LEAST && bound < MOST));
  return fits
    ? { dtype: 'float32', shape, data: Float32Array.from(data) }
    : { dtype: 'float64', shape, data };
}
