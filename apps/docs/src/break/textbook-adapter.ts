import type { DType } from '@normlayers/core';
import {
  type CallPlan,
  defineAdapter,
  fromFloat16Bits,
  type NormAdapter,
  type NormCall,
  type NormResult,
  type NormView,
  rounded,
  toFloat16Bits,
  widened,
} from '@normlayers/core/adapter';

export const TEXTBOOK = 'textbook';

type Rounding = (value: number) => number;

/** To the type that x is stored in, as a program computes that widens nothing. */
const ROUNDINGS: Readonly<Record<DType, Rounding>> = {
  float16: (value) => fromFloat16Bits(toFloat16Bits(value)),
  float32: Math.fround,
  float64: (value) => value,
};

/**
 * The shortcuts of many a program, every step rounded to x's own type: the variance as E[x^2] - E[x]^2, and given
 * statistics folded into a * x + b. Takes the calls of this page, which have no gamma and no beta.
 */
export function textbookAdapter(): NormAdapter {
  return defineAdapter({
    name: TEXTBOOK,
    supports: ({ mode }) =>
      mode === 'backward'
        ? { supported: false, reason: 'it has no gradient' }
        : { supported: true, via: 'fused' },
    prepare(call, plan) {
      let results: NormResult = {};
      return {
        run() {
          results = computed(call, plan);
        },
        read: () => results,
        dispose() {
          results = {};
        },
      };
    },
  });
}

function computed(call: NormCall, { view, epsilon }: CallPlan): NormResult {
  const { x } = call;
  const values = widened(x.data);
  const f = ROUNDINGS[x.dtype];
  const groups = groupsOf(view, values.length);
  const given = call.op === 'batchNorm' && call.mode === 'inference' ? call : null;
  const mean = given ? widened(given.mean.data) : meansOf(values, groups, f);
  const variance = given ? widened(given.variance.data) : shortcutVariance(values, groups, mean, f);
  const y = values.map((value, i) => {
    const group = groups[i];
    const a = f(1 / f(Math.sqrt(f(variance[group] + epsilon))));
    return given ? f(f(a * value) - f(a * mean[group])) : f(f(value - mean[group]) * a);
  });
  return { y: { ...x, data: rounded(y, x.data.slice()) } };
}

/** For each element, the row or channel whose statistics it takes. */
function groupsOf(view: NormView, length: number): Uint32Array {
  return Uint32Array.from({ length }, (_, i) =>
    view.family === 'rows' ? Math.floor(i / view.features) : Math.floor(i / view.inner) % view.channels,
  );
}

function meansOf(values: Float64Array, groups: Uint32Array, f: Rounding): Float64Array {
  const sums = new Float64Array(groups.reduce((most, group) => Math.max(most, group + 1), 0));
  values.forEach((value, i) => {
    sums[groups[i]] = f(sums[groups[i]] + value);
  });
  const n = values.length / sums.length;
  return sums.map((sum) => f(sum / n));
}

function shortcutVariance(
  values: Float64Array,
  groups: Uint32Array,
  mean: Float64Array,
  f: Rounding,
): Float64Array {
  const squares = meansOf(
    values.map((value) => f(value * value)),
    groups,
    f,
  );
  return squares.map((square, group) => f(square - f(mean[group] * mean[group])));
}
