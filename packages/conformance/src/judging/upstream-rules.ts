import type { Op } from '@normlayers/core';
import { roundedTo, ulpDistance } from './number-format';
import type { OutputTruth } from './truth';

/** What the tests of others would have said of y; null where they have no rule for it. */
export interface UpstreamVerdicts {
  readonly webnn: boolean | null;
  readonly onnx: boolean | null;
  readonly tfjs: boolean | null;
}

export const NO_VERDICTS: UpstreamVerdicts = { webnn: null, onnx: null, tfjs: null };

type Rule = (got: number, expected: number) => boolean;

/**
 * How others would judge y, which is compared with the truth rounded to its type. Their rules, not ours:
 *
 * - WebNN's web platform tests (webnn/resources/utils.js; the test files of layer and instance normalization): Batch
 *   Norm 6 ulp, Layer Norm 1/1024 (float16: 1/512) absolute, Instance Norm 840 ulp (float16: 8400).
 * - ONNX's backend node tests (onnx/backend/test/loader): rtol 1e-3, atol 1e-7, as `numpy.testing.assert_allclose`.
 * - tfjs (tfjs-core/src/test_util.ts): 1e-3 absolute, and anything not finite matches anything not finite.
 */
export function upstreamVerdicts(
  op: Op,
  { values, dtype }: OutputTruth,
  got: Float64Array,
): UpstreamVerdicts {
  const expected = roundedTo(values, dtype);
  const all = (rule: Rule) => expected.every((value, i) => rule(got[i], value));
  const webnn = webnnRule(op, dtype);
  return {
    webnn: webnn === null ? null : all(webnn),
    onnx: dtype === 'float16' ? null : all(onnxRule),
    tfjs: dtype === 'float32' ? all(tfjsRule) : null,
  };
}

function webnnRule(op: Op, dtype: OutputTruth['dtype']): Rule | null {
  if (dtype === 'float64') return null;
  const half = dtype === 'float16';
  const ulps =
    (most: number): Rule =>
    (got, expected) =>
      Object.is(got, expected) || ulpDistance(got, expected, dtype) <= most;
  const absolute =
    (most: number): Rule =>
    (got, expected) =>
      Object.is(got, expected) || Math.abs(got - expected) <= most;
  switch (op) {
    case 'batchNorm':
      return ulps(6);
    case 'layerNorm':
      return absolute(half ? 1 / 512 : 1 / 1024);
    case 'instanceNorm':
      return ulps(half ? 8400 : 840);
    default:
      return null;
  }
}

function onnxRule(got: number, expected: number): boolean {
  return Object.is(got, expected) || Math.abs(got - expected) <= 1e-7 + 1e-3 * Math.abs(expected);
}

function tfjsRule(got: number, expected: number): boolean {
  if (!Number.isFinite(got) && !Number.isFinite(expected)) return true;
  return Math.abs(got - expected) <= 1e-3;
}
