// A Layer Norm adapter as a stranger writes it who has read ADAPTERS.md of core and nothing else: no import but the page's.
import {
  allocate,
  type CallPlan,
  defineAdapter,
  inOwnOrder,
  inViewOrder,
  type NormAdapter,
  type NormCall,
  type NormResult,
  parameterGradients,
  rounded,
  trainingStatistics,
  widened,
} from '@normlayers/core/adapter';

export function strangersLayerNorm(): NormAdapter {
  return defineAdapter({
    name: 'stranger/loops',
    supports({ op }) {
      if (op === 'layerNorm') return { supported: true, via: 'fused' };
      return { supported: false, reason: `it has no ${op}`, code: 'op', values: { op } };
    },
    prepare(call, plan) {
      let result: NormResult = {};
      return {
        run() {
          result = call.mode === 'backward' ? backward(call, plan) : forward(call, plan);
        },
        read: () => result,
      };
    },
  });
}

interface Row {
  readonly mean: number;
  readonly variance: number;
  readonly invStd: number;
  readonly xhat: Float64Array;
}

function standardize(x: Float64Array, epsilon: number): Row {
  // Scaled, since squares of float64 numbers may overflow or vanish.
  const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scale = largest > 0 && largest < Infinity ? 2 ** Math.floor(Math.log2(largest)) : 1;
  const scaled = x.map((value) => value / scale);
  const isConstant = x.every((value) => value === x[0]);
  const mean = isConstant ? scaled[0] : average(scaled);
  const centred = scaled.map((value) => value - mean);
  const correction = isConstant ? 0 : average(centred);
  for (let i = 0; i < centred.length; i++) centred[i] -= correction;
  const variance = average(centred.map((value) => value * value));
  const invStd = 1 / Math.sqrt(variance + epsilon / scale / scale);
  return {
    mean: (mean + correction) * scale,
    variance: variance * scale * scale,
    invStd: invStd / scale,
    xhat: centred.map((value) => (invStd === Infinity ? 0 : value * invStd)),
  };
}

function average(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function rowsOf(call: NormCall, { view, epsilon }: CallPlan) {
  if (view.family !== 'rows') throw new Error('only Batch Norm has channels');
  const { rows, features, parameters } = view;
  const gather = (data: Float64Array, row: number) => data.subarray(row * features, (row + 1) * features);
  const x = widened(inViewOrder(call.x, view));
  return {
    rows,
    gather,
    parameter: (row: number, i: number) =>
      Math.floor((row * features + i) / parameters.inner) % parameters.count,
    standardized: (row: number) => standardize(gather(x, row), epsilon),
    result: (values: Float64Array) => {
      const { dtype, shape } = call.x;
      return { dtype, shape, data: inOwnOrder(rounded(values, allocate(dtype, values.length)), shape, view) };
    },
  };
}

function forward(call: NormCall, plan: CallPlan): NormResult {
  const { rows, gather, parameter, standardized, result } = rowsOf(call, plan);
  const gamma = call.gamma && widened(call.gamma.data);
  const beta = 'beta' in call && call.beta !== undefined ? widened(call.beta.data) : undefined;
  const values = new Float64Array(call.x.data.length);
  const statistics = {
    mean: new Float64Array(rows),
    variance: new Float64Array(rows),
    invStd: new Float64Array(rows),
  };
  for (let row = 0; row < rows; row++) {
    const { xhat, mean, variance, invStd } = standardized(row);
    statistics.mean[row] = mean;
    statistics.variance[row] = variance;
    statistics.invStd[row] = invStd;
    const y = gather(values, row);
    for (let i = 0; i < y.length; i++) {
      const p = parameter(row, i);
      y[i] = xhat[i] * (gamma?.[p] ?? 1) + (beta?.[p] ?? 0);
    }
  }
  const y = result(values);
  return call.mode === 'inference' ? { y } : { y, ...trainingStatistics(call, plan, statistics) };
}

function backward(call: NormCall & { mode: 'backward' }, plan: CallPlan): NormResult {
  const { rows, gather, parameter, standardized, result } = rowsOf(call, plan);
  const gamma = call.gamma && widened(call.gamma.data);
  const upstream = widened(inViewOrder(call.dy, plan.view));
  const values = new Float64Array(call.x.data.length);
  const { count } = plan.view.parameters;
  const gradients = { dgamma: new Float64Array(count), dbeta: new Float64Array(count) };
  for (let row = 0; row < rows; row++) {
    const { xhat, invStd } = standardized(row);
    const dy = gather(upstream, row);
    const dxhat = dy.map((value, i) => value * (gamma?.[parameter(row, i)] ?? 1));
    const level = average(dxhat);
    const slope = average(dxhat.map((value, i) => value * xhat[i]));
    const dx = gather(values, row);
    for (let i = 0; i < dx.length; i++) {
      dx[i] = invStd * (dxhat[i] - level - xhat[i] * slope);
      gradients.dgamma[parameter(row, i)] += dy[i] * xhat[i];
      gradients.dbeta[parameter(row, i)] += dy[i];
    }
  }
  return { dx: result(values), ...parameterGradients(call, plan, gradients) };
}
