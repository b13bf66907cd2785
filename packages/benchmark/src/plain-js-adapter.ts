import type { NormAdapter, NormCall, NormResult, TensorData } from '@normlayers/core';
import {
  allocate,
  type CallPlan,
  type ChannelsView,
  defineAdapter,
  inOwnOrder,
  inViewOrder,
  type RowsView,
  sizeOf,
  trainingStatistics,
} from '@normlayers/core/adapter';

/** Float64 sums, one per row or channel. */
type Statistics = Readonly<Record<'mean' | 'variance' | 'invStd', Float64Array>>;
type Numbers = Float32Array | Float64Array;

/**
 * The peer without any library: the three loops that a person writes by hand, mean, variance and result, in plain
 * JavaScript. What a framework or a kernel must beat to be worth its download.
 *
 * @example
 * ```ts
 * import { plainJsAdapter } from '@normlayers/benchmark';
 * import { tensor } from '@normlayers/core';
 *
 * const adapter = plainJsAdapter();
 * const { y } = await adapter.run({ op: 'layerNorm', mode: 'inference', x: tensor([1, 3], [1, 2]), epsilon: 0 });
 * assert.deepEqual([...y.data], [-1, 1]);
 * ```
 */
export function plainJsAdapter(): NormAdapter {
  return defineAdapter({
    name: 'plain-js',
    kind: 'peer',
    supports({ mode, x }) {
      if (mode === 'backward') return { supported: false, reason: 'nobody writes the gradient by hand' };
      if (x.dtype !== 'float16') return { supported: true, via: 'fused' };
      return { supported: false, reason: 'JavaScript has no loop over float16 as it is stored' };
    },
    prepare(call, plan) {
      const out = allocate(call.x.dtype, sizeOf(call.x.shape));
      let results: NormResult = {};
      return {
        run() {
          results = computed(call, plan, out);
        },
        read: () => results,
        dispose() {
          results = {};
        },
      };
    },
    run: (call, plan, out) => computed(call, plan, out ?? allocate(call.x.dtype, sizeOf(call.x.shape))),
  });
}

function computed(call: NormCall, plan: CallPlan, out: TensorData): NormResult {
  const { dtype, shape } = call.x;
  const { view } = plan;
  const x = inViewOrder(call.x, view) as Numbers;
  const statistics =
    view.family === 'rows'
      ? rows(call, plan, view, x, out as Numbers)
      : channels(call, plan, view, x, out as Numbers);
  const y = { dtype, shape, data: inOwnOrder(out, shape, view) };
  return call.mode === 'training' ? { y, ...trainingStatistics(call, plan, statistics) } : { y };
}

function rows(
  call: NormCall,
  { epsilon, centred }: CallPlan,
  view: RowsView,
  x: Numbers,
  y: Numbers,
): Statistics {
  const { features, parameters } = view;
  const statistics = emptyStatistics(view.rows);
  const { gamma, beta } = parametersOf(call, parameters.count);
  for (let row = 0; row < view.rows; row++) {
    const from = row * features;
    const to = from + features;
    let mean = 0;
    if (centred) {
      for (let i = from; i < to; i++) mean += x[i];
      mean /= features;
    }
    let variance = 0;
    for (let i = from; i < to; i++) variance += (x[i] - mean) * (x[i] - mean);
    variance /= features;
    const invStd = 1 / Math.sqrt(variance + epsilon);
    if (parameters.inner === 1) {
      for (let i = from, p = from % parameters.count; i < to; i++, p++)
        y[i] = (x[i] - mean) * invStd * gamma[p] + beta[p];
    } else {
      for (let start = from; start < to; start += parameters.inner) {
        const p = Math.floor(start / parameters.inner) % parameters.count;
        const scale = invStd * gamma[p];
        const shift = beta[p];
        for (let i = start; i < start + parameters.inner; i++) y[i] = (x[i] - mean) * scale + shift;
      }
    }
    statistics.mean[row] = mean;
    statistics.variance[row] = variance;
    statistics.invStd[row] = invStd;
  }
  return statistics;
}

/** In the order of memory, with one sum per channel: what is fast for both layouts. */
function channels(
  call: NormCall,
  { epsilon, n }: CallPlan,
  view: ChannelsView,
  x: Numbers,
  y: Numbers,
): Statistics {
  const { outer, inner } = view;
  const statistics = emptyStatistics(view.channels);
  const { mean, variance, invStd } = statistics;
  const { gamma, beta } = parametersOf(call, view.channels);
  if ('mean' in call && call.mean !== undefined && call.variance !== undefined) {
    mean.set(call.mean.data);
    variance.set(call.variance.data);
  } else {
    for (let o = 0, i = 0; o < outer; o++) {
      for (let c = 0; c < view.channels; c++) {
        let sum = 0;
        for (const end = i + inner; i < end; i++) sum += x[i];
        mean[c] += sum;
      }
    }
    for (let c = 0; c < view.channels; c++) mean[c] /= n;
    for (let o = 0, i = 0; o < outer; o++) {
      for (let c = 0; c < view.channels; c++) {
        const centre = mean[c];
        let sum = 0;
        for (const end = i + inner; i < end; i++) sum += (x[i] - centre) * (x[i] - centre);
        variance[c] += sum;
      }
    }
    for (let c = 0; c < view.channels; c++) variance[c] /= n;
  }
  for (let c = 0; c < view.channels; c++) invStd[c] = 1 / Math.sqrt(variance[c] + epsilon);
  for (let o = 0, i = 0; o < outer; o++) {
    for (let c = 0; c < view.channels; c++) {
      const centre = mean[c];
      const scale = invStd[c] * gamma[c];
      const shift = beta[c];
      for (const end = i + inner; i < end; i++) y[i] = (x[i] - centre) * scale + shift;
    }
  }
  return statistics;
}

function emptyStatistics(count: number): Statistics {
  return {
    mean: new Float64Array(count),
    variance: new Float64Array(count),
    invStd: new Float64Array(count),
  };
}

function parametersOf(call: NormCall, count: number): { gamma: Numbers; beta: Numbers } {
  const gamma = call.gamma?.data as Numbers | undefined;
  const beta = 'beta' in call ? (call.beta?.data as Numbers | undefined) : undefined;
  return { gamma: gamma ?? new Float32Array(count).fill(1), beta: beta ?? new Float32Array(count) };
}
