import type { NormCall, OutputName } from '@normlayers/core';
import { type ConformanceCase, conformanceCase, type OutsideExpectation } from '../cases/conformance-case';
import { asVector, expectationOf, type Vector } from './format';
import { onnxCalls } from './onnx';
import { ownCalls } from './own';
import { tfjsCalls } from './tfjs';
import { torchCalls } from './torch';
import { webnnCalls } from './webnn';

/** A call that a vector asks for. */
export interface VectorCall {
  /** What the vector's name is followed by where it gives more than one call. */
  readonly part?: string;
  readonly call: NormCall;
  /** Our output's name: the vector's. Outputs that the vector does not have are judged by our rule alone. */
  readonly outputs: Readonly<Partial<Record<OutputName, string>>>;
}

/** A vector that no case can be made of. */
export interface LeftOutVector {
  readonly name: string;
  readonly reason: string;
}

/** A vector's calls, or why there are none. */
export type VectorCalls = readonly VectorCall[] | string;

const SOURCES: Readonly<Record<string, (vector: Vector) => VectorCalls>> = {
  onnx: onnxCalls,
  'wpt-webnn': webnnCalls,
  tfjs: tfjsCalls,
  torch: torchCalls,
};

/**
 * Cases of vectors in the neutral format (one JSON array per file, parsed): names are `source/vector (part)`. Those of
 * onnx, wpt-webnn, tfjs and torch are in their own words; from any other source, in this library's. Each is judged twice:
 * at the vector's own tolerance against its own expectation, and by our bounds.
 *
 * @returns the cases, and the vectors left out, each with the reason. Neither list swallows anything.
 * @throws TypeError for what is not a vector, and for one of your own that is no call of this library.
 *
 * @example
 * ```ts
 * import { vectorCases } from '@normlayers/conformance';
 *
 * const { cases, leftOut } = vectorCases([
 *   {
 *     name: 'two numbers', source: 'onnx', op: 'InstanceNormalization', attributes: { epsilon: 0 },
 *     inputs: [
 *       { name: 'x', dtype: 'float32', shape: [1, 1, 2], data: [1, 3] },
 *       { name: 's', dtype: 'float32', shape: [1], data: [2] },
 *       { name: 'bias', dtype: 'float32', shape: [1], data: [1] },
 *     ],
 *     outputs: [{ name: 'y', dtype: 'float32', shape: [1, 1, 2], data: [-1, 3] }],
 *     rtol: 1e-3, atol: 1e-7,
 *   },
 * ]);
 * assert.equal(cases[0]?.name, 'onnx/two numbers');
 * assert.deepEqual(leftOut, []);
 * ```
 */
export function vectorCases(vectors: readonly unknown[]): {
  readonly cases: readonly ConformanceCase[];
  readonly leftOut: readonly LeftOutVector[];
} {
  const cases: ConformanceCase[] = [];
  const leftOut: LeftOutVector[] = [];
  for (const value of vectors) {
    const vector = asVector(value);
    const name = `${vector.source}/${vector.name}`;
    const calls = (Object.hasOwn(SOURCES, vector.source) ? SOURCES[vector.source] : ownCalls)(vector);
    if (typeof calls === 'string') leftOut.push({ name, reason: calls });
    else cases.push(...calls.map((call) => vectorCase(name, vector, call)));
  }
  return { cases, leftOut };
}

function vectorCase(name: string, vector: Vector, { part, call, outputs }: VectorCall): ConformanceCase {
  const expected: Partial<Record<OutputName, OutsideExpectation>> = {};
  for (const [ours, theirs] of Object.entries(outputs)) {
    const expectation = expectationOf(vector, theirs);
    if (expectation !== undefined) expected[ours as OutputName] = expectation;
  }
  return conformanceCase({
    name: part === undefined ? name : `${name} (${part})`,
    op: call.op,
    mode: call.mode,
    dtype: call.x.dtype,
    expected,
    tags: ['vector', vector.source],
    build: () => call,
  });
}
