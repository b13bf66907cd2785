import {
  compute,
  type DType,
  type NormCall,
  type NormResult,
  planCall,
  type Tensor,
  type TrainingResult,
  widened,
} from '@normlayers/core';

const ROUNDOFF: Record<DType, number> = { float64: 2 ** -53, float32: 2 ** -24, float16: 2 ** -11 };
const SMALLEST: Record<DType, number> = { float64: 2 ** -1074, float32: 2 ** -149, float16: 2 ** -24 };

interface Excess {
  readonly output: string;
  /** The error over the budget; 1 and less is right. */
  readonly used: number;
}

/**
 * The output that spends most of its budget, against core's reference in float64. For y the budget is
 *
 *     u * ((16 + sqrt(n) / 2) * (|gamma * xhat| + |beta|) + 8 * kappa * |gamma|)
 *
 * with the call's largest kappa and gamma; other outputs have as many roundings of the sum of their terms' magnitudes.
 * What must be NaN or infinite must be just that. Float64 is held to 2^11 times the reference's own roundoff.
 */
export function worstOutput(call: NormCall, result: NormResult): Excess {
  const wide = inFloat64(call);
  const truth = compute(wide) as object as Record<string, Tensor>;
  const given = result as Record<string, Tensor>;
  const { n } = planCall(call);
  const magnitude = magnitudes(wide, truth);
  const names = new Set([...Object.keys(truth), ...Object.keys(given)]);
  let worst: Excess = { output: '', used: 0 };
  const inOwnType = compute(call) as object as Record<string, Tensor>;
  for (const name of names) {
    const [want, got, expected] = [truth[name], given[name], inOwnType[name]];
    if (got?.dtype !== expected?.dtype || `${got?.shape}` !== `${expected?.shape}`) {
      return {
        output: `${name}: ${got?.dtype} [${got?.shape}], expected ${expected?.dtype} [${expected?.shape}]`,
        used: Infinity,
      };
    }
    const u = ROUNDOFF[got.dtype] * (got.dtype === 'float64' ? 2 ** 11 : 1);
    const right = widened(expected.data);
    widened(got.data).forEach((value, i) => {
      if (Object.is(value, right[i]) || value === right[i]) return;
      const { natural, through } = magnitude(name, i);
      const budget = u * ((16 + Math.sqrt(n) / 2) * natural + through) + SMALLEST[got.dtype];
      const error = Math.abs(value - (want.data[i] as number)) / budget;
      const used = Number.isNaN(error) ? Infinity : error;
      if (used > worst.used) worst = { output: `${name}[${i}] is ${value}, expected ${right[i]}`, used };
    });
  }
  return worst;
}

function inFloat64(call: NormCall): NormCall {
  const wide = Object.entries(call).map(([name, value]) => {
    const isTensor = typeof value === 'object' && value !== null && 'data' in value;
    return [name, isTensor ? { ...value, dtype: 'float64', data: widened((value as Tensor).data) } : value];
  });
  return Object.fromEntries(wide) as NormCall;
}

/** For each element of each output: the magnitude of its terms, and what an error of 8 * kappa * u in x-hat brings. */
function magnitudes(wide: NormCall, truth: Record<string, Tensor>) {
  const { beta: _beta, ...rest } = wide as NormCall & { beta?: Tensor };
  const { kappa, steepest } = conditions(wide);
  const gamma = wide.gamma ? largestOf(wide.gamma) : 1;
  const scaled =
    wide.mode === 'backward' || wide.x.data.length === 0
      ? null
      : (compute(rest as NormCall) as { y: Tensor }).y;
  const dy = 'dy' in wide && wide.dy ? largestOf(wide.dy) : 0;
  const largest = new Map(Object.entries(truth).map(([name, tensor]) => [name, largestOf(tensor)]));
  const meanMagnitude = largestOf(wide.x);
  return (name: string, i: number): { natural: number; through: number } => {
    if (name === 'y') {
      const product = scaled?.data[i] as number;
      const natural = Math.abs(product) + Math.abs((truth.y.data[i] as number) - product);
      return { natural, through: 8 * kappa * gamma };
    }
    const perParameter = truth.dgamma ? (dy * wide.x.data.length) / truth.dgamma.data.length : 0;
    const natural: Record<string, number> = {
      dx: 3 * gamma * steepest * dy,
      dgamma: perParameter,
      dbeta: perParameter,
      dmean: perParameter * gamma * steepest,
      dvariance: perParameter * gamma * steepest ** 2,
      mean: meanMagnitude,
    };
    const own = natural[name] ?? largest.get(name)!;
    return { natural: own, through: 8 * kappa * own };
  };
}

/** The largest kappa and invStd among the groups. Given means and RMS Norm have no kappa. */
function conditions(wide: NormCall): { kappa: number; steepest: number } {
  if (wide.x.data.length === 0) return { kappa: 0, steepest: 0 };
  if ('variance' in wide && wide.variance) {
    const epsilon = wide.epsilon ?? 1e-5;
    const roots = Array.from(wide.variance.data, (value) => 1 / Math.sqrt((value as number) + epsilon));
    return { kappa: 0, steepest: Math.max(...roots) };
  }
  const { dy: _dy, ...rest } = wide as NormCall & { dy?: Tensor };
  const { mean, invStd, invRms } = compute({ ...rest, mode: 'training' } as NormCall) as TrainingResult & {
    invRms?: Tensor;
  };
  const roots = Array.from((invStd ?? invRms)!.data as Float64Array).map((value) =>
    Number.isFinite(value) ? value : 0,
  );
  const products = roots.map((value, i) => Math.abs(mean ? (mean.data[i] as number) : 0) * value);
  return { kappa: Math.max(0, ...products.filter(Number.isFinite)), steepest: Math.max(0, ...roots) };
}

function largestOf({ data }: Tensor): number {
  return (data as Float64Array).reduce(
    (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most),
    0,
  );
}
