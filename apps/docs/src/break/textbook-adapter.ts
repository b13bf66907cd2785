import {
  type CallPlan,
  defineAdapter,
  type NormAdapter,
  type NormCall,
  type NormResult,
  type NormView,
  rounded,
  widened,
} from '@normlayers/core/adapter';

export const TEXTBOOK = 'textbook';

const f = Math.fround;

/**
 * The shortcuts of many a program, every step rounded to float32: the variance as E[x^2] - E[x]^2, and given statistics folded
 * into a * x + b. Takes the calls of this page, which have no gamma and no beta.
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
  const groups = groupsOf(view, values.length);
  const given = call.op === 'batchNorm' && call.mode === 'inference' ? call : null;
  const mean = given ? widened(given.mean.data) : shortcutMean(values, groups);
  const variance = given ? widened(given.variance.data) : shortcutVariance(values, groups, mean);
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

type Numbers = Float32Array | Float64Array;

function shortcutMean(values: Float64Array, groups: Uint32Array): Float32Array {
  const sums = new Float32Array(groups.reduce((most, group) => Math.max(most, group + 1), 0));
  values.forEach((value, i) => {
    sums[groups[i]] += value;
  });
  const n = values.length / sums.length;
  return sums.map((sum) => sum / n);
}

function shortcutVariance(values: Float64Array, groups: Uint32Array, mean: Numbers): Float32Array {
  const squares = shortcutMean(
    values.map((value) => f(value * value)),
    groups,
  );
  return squares.map((square, group) => square - f(mean[group] * mean[group]));
}
