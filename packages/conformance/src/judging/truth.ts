import type { DType, NormCall, NormResult, OutputName, Tensor } from '@normlayers/core';
import {
  added,
  type CallPlan,
  compute,
  mapTensors,
  maskedParts,
  planCall,
  sizeOf,
  tensorsOf,
  widened,
} from '@normlayers/core/adapter';
import type { ConformanceCase } from '../cases/conformance-case';
import { boundsOf } from './bounds';
import type { Condition } from './condition/condition';
import { conditionsOf } from './condition/conditions';
import { largestOfAll } from './condition/largest';
import { largestOf } from './number-format';

/** What one output should be, and how far off each of its elements may be. */
export interface OutputTruth {
  /** The type and shape that an adapter must return. */
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** In float64, rounded to nothing narrower. */
  readonly values: Float64Array;
  readonly budget: Float64Array;
  readonly strict: Float64Array;
  /** How far off an ordinary result may be. */
  readonly ordinary: Float64Array;
  /** How far a relative change of 1 in what is rounded carries, to first order: c in `bounds.ts`. */
  readonly condition: Float64Array;
  /** What digits are counted from: the largest result of the element's group. */
  readonly scale: Float64Array;
  /**
   * Where 1, not judged: the truth is infinite, or larger than the type holds, and it is an invStd. That of a constant
   * row with epsilon 0 is Infinity by the formula, and adapters that scale may rightly hold something finite there.
   */
  readonly unjudged: Uint8Array;
}

/** All outputs of a call. */
export type Truth = Readonly<Partial<Record<OutputName, OutputTruth>>>;

const known = new WeakMap<ConformanceCase, Truth>();

/** The truth of a case's call, worked out once for all adapters. */
export function truthOf(testCase: ConformanceCase): Truth {
  let truth = known.get(testCase);
  if (truth === undefined) {
    truth = truthOfCall(testCase.call);
    known.set(testCase, truth);
  }
  return truth;
}

/**
 * The truth of a call: core's float64 reference on the call widened to float64, so that nothing is rounded. With a residual
 * what is normalized is the sum as the contract has it, rounded to x's type.
 */
export function truthOfCall(given: NormCall): Truth {
  if (tensorsOf(given).mask !== undefined) return truthOfMasked(given, planCall(given));
  const { residual, ...rest } = given as NormCall & { readonly residual?: Tensor };
  if (residual === undefined) return truthOfPlain(given, planCall(given));
  const { outputs } = planCall(given);
  const x = { ...given.x, data: added(given.x.data, residual.data) };
  const plain = { ...rest, x } as NormCall;
  const truth = truthOfPlain(plain, planCall(plain));
  return outputs.sum === undefined ? truth : { ...truth, sum: truthOfSum(given.x, residual) };
}

function truthOfPlain(call: NormCall, plan: CallPlan): Truth {
  const wide = withOffsetGamma(widenedCall(call), plan);
  const results = compute(wide) as NormResult;
  const conditions = conditionsOf(call, wide, results, plan);
  return Object.fromEntries(
    Object.entries(results).map(([name, { shape, data }]) => {
      const condition = conditions[name as OutputName];
      if (condition === undefined) throw new Error(`no condition is known for output ${name}`);
      return [name, outputTruth(name, shape, data as Float64Array, condition)];
    }),
  );
}

/** One addition, rounded once: there is no other right answer. */
function truthOfSum({ dtype, shape, data }: Tensor, residual: Tensor): OutputTruth {
  const values = added(widened(data), widened(residual.data));
  const natural = values.map(Math.abs);
  return outputTruth('sum', shape, values, {
    dtype,
    n: 1,
    natural,
    throughMean: new Float64Array(values.length),
    exact: new Uint8Array(values.length).fill(1),
    scale: largestOfAll(values),
  });
}

function outputTruth(
  name: string,
  shape: readonly number[],
  values: Float64Array,
  condition: Condition,
): OutputTruth {
  const { dtype, natural, throughMean, scale } = condition;
  return {
    dtype,
    shape,
    values,
    ...boundsOf(values, condition),
    condition: sumOf(natural, throughMean),
    scale,
    unjudged: unjudgedOf(name, values, dtype),
  };
}

/** The wide call with what x-hat is multiplied by as its gamma. */
function withOffsetGamma(wide: NormCall, { gammaOffset }: CallPlan): NormCall {
  if (gammaOffset === 0) return wide;
  const { gamma } = wide;
  const data = widened(gamma!.data).map((value) => value + gammaOffset);
  return { ...wide, gamma: { ...gamma, data }, gammaOffset: 0 } as NormCall;
}

function sumOf(a: Float64Array, b: Float64Array): Float64Array {
  const sum = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) sum[i] = a[i] + b[i];
  return sum;
}

/** The call with every tensor in float64: the same numbers, exactly. */
export function widenedCall(call: NormCall): NormCall {
  return mapTensors(call, ({ shape, data }): Tensor => ({ dtype: 'float64', shape, data: widened(data) }));
}

function unjudgedOf(name: string, values: Float64Array, dtype: DType): Uint8Array {
  const unjudged = new Uint8Array(values.length);
  if (name === 'invStd' || name === 'invRms') {
    values.forEach((value, i) => {
      unjudged[i] = value > largestOf(dtype) ? 1 : 0;
    });
  }
  return unjudged;
}

const FIELDS = ['values', 'budget', 'strict', 'ordinary', 'condition', 'scale'] as const;

/**
 * The truth of a call with a mask, put together of its parts': what is judged element by element there is so here. Where the
 * mask has 0, y and dx are 0 and nothing else. Gradients of parameters are sums over the parts, and so are their bounds.
 */
function truthOfMasked(call: NormCall, plan: CallPlan): Truth {
  const truth = Object.fromEntries(
    Object.entries(plan.outputs).map(([name, description]) => [name, nothing(name, description, plan)]),
  ) as Record<OutputName, OutputTruth>;
  for (const { call: part, sample, scatter } of maskedParts(call)) {
    for (const [name, its] of Object.entries(truthOfCall(part)) as [OutputName, OutputTruth][]) {
      const whole = truth[name];
      const size = its.values.length;
      const isWhole = sample === null && name !== 'y' && name !== 'dx';
      for (const field of FIELDS) {
        if (name === 'y' || name === 'dx') scatter(its[field], whole[field]);
        else if (isWhole) whole[field].set(its[field]);
        else if (name === 'mean' || name === 'invStd') whole[field].set(its[field], (sample ?? 0) * size);
        else for (let i = 0; i < size; i++) whole[field][i] += its[field][i];
      }
      if (isWhole) whole.unjudged.set(its.unjudged);
      else if (name === 'mean' || name === 'invStd') whole.unjudged.set(its.unjudged, (sample ?? 0) * size);
    }
  }
  return truth;
}

/** What stands where no part has anything: exactly 0; the statistics of a sample without elements are not judged. */
function nothing(
  name: string,
  { dtype, shape }: Pick<OutputTruth, 'dtype' | 'shape'>,
  { statistics }: CallPlan,
): OutputTruth {
  const size = sizeOf(shape);
  const all = (value: number) => new Float64Array(size).fill(value);
  const isStatistic = statistics === 'own' && (name === 'mean' || name === 'invStd');
  const isSum = name === 'dgamma' || name === 'dbeta';
  const least = isSum ? 0 : Number.MIN_VALUE;
  return {
    dtype,
    shape,
    values: all(0),
    budget: all(least),
    strict: all(least),
    ordinary: all(least),
    condition: all(0),
    scale: all(least),
    unjudged: new Uint8Array(size).fill(isStatistic ? 1 : 0),
  };
}
