import {
  type CallOf,
  compute,
  type NormCall,
  type NormResult,
  type Op,
  type Tensor,
  type TrainingResult,
} from '@normlayers/core';

/** The unit roundoff of float32. */
const U = 2 ** -24;
/** Half the distance between the smallest numbers: an error that no float32 result can avoid, twice. */
const DENORMAL = 2 ** -148;

export function float64(tensor: Tensor): Tensor {
  return { ...tensor, dtype: 'float64', data: Float64Array.from(tensor.data) };
}

/** The same call in float64: what the results are judged against. */
export function widenedCall(call: NormCall): NormCall {
  const entries = Object.entries(call).map(([name, value]) => [
    name,
    typeof value === 'object' && value !== null && 'data' in value ? float64(value as Tensor) : value,
  ]);
  return Object.fromEntries(entries) as NormCall;
}

/**
 * How far a result is from the reference in float64, in budgets; 1 and less is right. For y the budget is the project's
 * own, u * ((16 + sqrt(n) / 2) * (|gamma * xhat| + |beta|) + 8 * kappa * |gamma|), with the largest kappa and gamma of
 * the call. Everything else is held to as many roundings of its natural magnitude, as `naturalMagnitudes` gives it.
 *
 * @param outputs which outputs to look at; default: all that the reference gives.
 */
export function worstBudget(
  call: NormCall,
  result: NormResult,
  n: number,
  outputs?: string[],
): { output: string; used: number } {
  const wide = widenedCall(call);
  const expected = compute(wide) as object as Record<string, Tensor>;
  const given = result as object as Record<string, Tensor>;
  const { kappa, gamma, magnitudes } = naturalMagnitudes(wide, expected);
  let worst = { output: '', used: 0 };
  for (const [output, { data, shape }] of Object.entries(expected)) {
    if (outputs && !outputs.includes(output)) continue;
    const actual = given[output];
    if (actual?.shape.join() !== shape.join()) {
      return { output: `${output}: shape [${actual?.shape}], not [${shape}]`, used: Infinity };
    }
    for (let i = 0; i < data.length; i++) {
      const want = data[i] as number;
      const got = actual.data[i] as number;
      if (Object.is(Math.fround(want), got) || Math.fround(want) === got) continue;
      const roundings = (16 + Math.sqrt(n) / 2) * (magnitudes[output]?.(i) ?? Number.NaN);
      const conditioning = 8 * kappa * (output === 'y' ? gamma : (magnitudes[output]?.(i) ?? Number.NaN));
      const error = Math.abs(got - want) / (U * (roundings + conditioning) + DENORMAL);
      const used = Number.isNaN(error) ? Infinity : error;
      if (used > worst.used) worst = { output: `${output}[${i}]: ${got}, not ${want}`, used };
    }
  }
  const extra = Object.keys(given).find((output) => !(output in expected));
  return extra ? { output: `${extra} is not asked for`, used: Infinity } : worst;
}

/** What each output would be if nothing in it cancelled: what its roundings are relative to. */
function naturalMagnitudes(wide: NormCall, expected: Record<string, Tensor>) {
  const { mean, invStd } = groupStatistics(wide);
  // At least 1 where a mean is taken: about what mean(abs(x)) * invStd is for groups around 0, whose mean takes the
  // rounding of a float32 sum.
  const taken = wide.op !== 'rmsNorm' && !('variance' in wide && wide.variance);
  const kappa = Math.max(
    taken ? 1 : 0,
    ...mean.map((value, i) => Math.abs(value) * (invStd[i] as number)).filter(Number.isFinite),
  );
  const largest = (tensor: Tensor | undefined, otherwise: number) =>
    tensor
      ? Array.from(tensor.data, Math.abs)
          .filter(Number.isFinite)
          .reduce((a, b) => Math.max(a, b), 0)
      : otherwise;
  const gamma = largest(wide.gamma, 1);
  const steepest = gamma * Math.max(0, ...invStd.filter(Number.isFinite));
  const dy = largest('dy' in wide ? wide.dy : undefined, 0);
  const perParameter = expected.dgamma ? (dy * wide.x.data.length) / expected.dgamma.data.length : 0;
  const constant = (value: number) => () => value;
  const y =
    'beta' in wide
      ? compute({ ...wide, beta: undefined } as CallOf<Op, 'inference'>).y.data
      : expected.y?.data;
  const magnitudes: Record<string, (i: number) => number> = {
    y: (i) => Math.abs(y?.[i] as number) + Math.abs((expected.y?.data[i] as number) - (y?.[i] as number)),
    dx: constant(3 * steepest * dy),
    dgamma: constant(perParameter),
    dbeta: constant(perParameter),
    dmean: constant(perParameter * steepest),
    dvariance: constant((perParameter * steepest ** 2) / gamma),
  };
  for (const output of ['mean', 'invStd', 'invRms', 'runningMean', 'runningVar']) {
    magnitudes[output] = constant(largest(expected[output], 0));
  }
  return { kappa, gamma, magnitudes };
}

/** kappa is 0 where nothing is centred, or the mean is given. */
function groupStatistics(wide: NormCall): { mean: number[]; invStd: number[] } {
  if ('variance' in wide && wide.variance) {
    const invStd = Array.from(wide.variance.data, (value) => 1 / Math.sqrt(value + (wide.epsilon ?? 1e-5)));
    return { mean: invStd.map(() => 0), invStd };
  }
  if (wide.x.data.length === 0) return { mean: [], invStd: [] };
  const { dy: _dy, ...rest } = wide as NormCall & { dy?: Tensor };
  const training = compute({ ...rest, mode: 'training' } as CallOf<Op, 'training'>) as TrainingResult;
  const invStd = Array.from((training.invStd ?? training.invRms)?.data ?? []);
  return { mean: training.mean ? Array.from(training.mean.data) : invStd.map(() => 0), invStd };
}
