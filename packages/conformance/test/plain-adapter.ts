import type {
  AdapterKind,
  DType,
  NormAdapter,
  NormCall,
  NormResult,
  Support,
  Tensor,
} from '@normlayers/core';
import {
  allocate,
  type CallPlan,
  defineAdapter,
  LATER_ARGUMENTS,
  rounded,
  sizeOf,
  transpose,
  widened,
} from '@normlayers/core/adapter';

/**
 * A second implementation of everything, as plain as it gets: the formulas over lists of indices, nothing shared with
 * the reference but the plan. Right as it stands; each option plants one thing.
 */
export interface Plain {
  readonly name?: string;
  readonly kind?: AdapterKind;
  /** Rounds after every operation: Math.fround makes it a float32 implementation. */
  readonly round?: (value: number) => number;
  readonly variance?: 'two-pass' | 'one-pass' | 'welford' | 'unbiased' | 'centred-twice';
  /** How numbers are added up: `pairwise` in halves, as NumPy does (the default), or one after the other. */
  readonly sums?: 'pairwise' | 'sequential';
  readonly epsilonOutsideRoot?: boolean;
  readonly momentumReversed?: boolean;
  readonly withoutXhatTerm?: boolean;
  readonly channelAxisOff?: boolean;
  readonly withoutBeta?: boolean;
  readonly leakingNaN?: boolean;
  readonly supports?: (call: NormCall) => Support;
  /** Changes results, or the call, at the last moment. */
  readonly spoil?: (results: NormResult, call: NormCall) => NormResult;
}

export function plainAdapter(options: Plain = {}): NormAdapter {
  return defineAdapter({
    name: options.name ?? 'plain',
    kind: options.kind ?? 'peer',
    takes: LATER_ARGUMENTS,
    supports: options.supports ?? (() => ({ supported: true, via: 'composed' })),
    prepare(call, plan) {
      let results: NormResult = {};
      return {
        run() {
          results = plain(call, plan, options);
          results = options.spoil?.(results, call) ?? results;
        },
        read: () => results,
        dispose() {},
      };
    },
  });
}

interface Group {
  readonly at: readonly number[];
  readonly parameters: readonly number[];
}

type Numbers = Float64Array;
type Given = Partial<
  Record<
    | 'mask'
    | 'residual'
    | 'gamma'
    | 'beta'
    | 'mean'
    | 'variance'
    | 'dy'
    | 'dsum'
    | 'runningMean'
    | 'runningVar',
    Tensor
  >
>;

function plain(call: NormCall, plan: CallPlan, options: Plain): NormResult {
  const r = options.round ?? ((value: number) => value);
  const given = call as unknown as Given;
  const numbers = (tensor: Tensor | undefined): Numbers | null =>
    tensor === undefined ? null : widened(tensor.data);
  const average = (values: readonly number[]) => averageOf(values, r, options.sums);
  const [dy, dsum, gamma, beta] = [given.dy, given.dsum, given.gamma, given.beta].map(numbers);
  const residual = numbers(given.residual);
  const sum =
    residual === null
      ? undefined
      : stored(
          numbers(call.x)!.map((value, i) => value + residual[i]),
          call.x.dtype,
          call.x.shape,
        );
  const x = numbers(sum ?? call.x);
  const [mean, variance] = [given.mean, given.variance].map(numbers);
  const valid = validity(call, plan, numbers(given.mask));
  const groups = groupsOf(call, plan, options).map((group) => within(group, valid));
  const out = new Float64Array(x!.length);
  const count = plan.view.parameters.count;
  const sums = { dgamma: new Float64Array(count), dbeta: new Float64Array(count) };
  const kept = groups.map((group, g): { mean: number; variance: number; invStd: number } => {
    if (group.at.length === 0) return { mean: 0, variance: 0, invStd: r(1 / Math.sqrt(plan.epsilon)) };
    const values = group.at.map((i) => x![i]);
    const own =
      mean === null || variance === null ? statistics(values, call.op !== 'rmsNorm', r, options) : null;
    const m = own?.mean ?? mean![g];
    const v = own?.variance ?? variance![g];
    const unit = own?.unit ?? 1;
    const spread = own?.spread ?? v;
    const epsilon = r(plan.epsilon / unit / unit);
    const under = options.epsilonOutsideRoot
      ? r(r(Math.sqrt(spread)) + r(plan.epsilon / unit))
      : r(Math.sqrt(r(spread + epsilon)));
    const invStd = r(1 / under / unit);
    const poison = own !== null && spread === Infinity && call.op === 'rmsNorm' ? NaN : 0;
    const factor = Number.isFinite(invStd) || Number.isNaN(invStd) ? invStd : 0;
    const xhat = values.map((value) => r(r(r(value - m) - (own?.residue ?? 0)) * factor) + poison);
    const weights = group.parameters.map((p) => (gamma === null ? 1 : r(gamma[p] + plan.gammaOffset)));
    if (call.mode !== 'backward') {
      const shift = (k: number) => (options.withoutBeta ? 0 : (beta?.[group.parameters[k]] ?? 0));
      group.at.forEach((i, k) => {
        out[i] = r(r(xhat[k] * weights[k]) + shift(k));
      });
    } else {
      const dyHere = group.at.map((i) => dy![i]);
      group.parameters.forEach((p, k) => {
        sums.dgamma[p] = r(sums.dgamma[p] + r(dyHere[k] * xhat[k]));
        sums.dbeta[p] = r(sums.dbeta[p] + dyHere[k]);
      });
      const dxhat = dyHere.map((value, k) => r(value * weights[k]));
      const along =
        own === null || options.withoutXhatTerm ? 0 : average(dxhat.map((d, k) => r(d * xhat[k])));
      const level = own === null || call.op === 'rmsNorm' ? 0 : average(dxhat);
      group.at.forEach((i, k) => {
        const dx = r(invStd * r(r(dxhat[k] - level) - r(xhat[k] * along)));
        out[i] = dsum === null ? dx : r(dx + dsum[i]);
      });
    }
    return { mean: r(m + (own?.residue ?? 0)), variance: v, invStd };
  });
  if (options.leakingNaN) {
    groups.forEach((group, g) => {
      if (g > 0 && Number.isNaN(out[groups[g - 1].at[0]])) for (const i of group.at) out[i] = NaN;
    });
  }
  const counts = groups.map(({ at }) => at.length);
  const results = resultsOf(call, plan, { out, sums, kept, counts, gamma, mean, options });
  return plan.outputs.sum === undefined ? results : { ...results, sum: sum! };
}

function statistics(
  values: readonly number[],
  centred: boolean,
  r: (v: number) => number,
  { variance, sums }: Plain,
) {
  const average = (numbers: readonly number[], round: (v: number) => number) =>
    averageOf(numbers, round, sums);
  // The largest power of two below the largest value, so that no square overflows; exact.
  const largest = values.reduce((a, v) => Math.max(a, Math.abs(v)), 0);
  const scale =
    largest > 0 && largest < Infinity
      ? 2 ** Math.min(Math.max(Math.floor(Math.log2(largest)), -1000), 1000)
      : 1;
  const unit = scale > 1e9 || scale < 1e-9 ? scale : 1;
  const scaled = values.map((value) => value / unit);
  const mean = centred ? average(scaled, r) : 0;
  if (variance === 'one-pass') {
    const spread = r(
      average(
        scaled.map((value) => r(value * value)),
        r,
      ) - r(mean * mean),
    );
    return { mean: mean * unit, variance: spread * unit * unit, residue: 0, spread, unit };
  }
  if (variance === 'welford' && centred) {
    const { mean: m, spread } = welford(scaled, r);
    return { mean: m * unit, variance: spread * unit * unit, residue: 0, spread, unit };
  }
  const centredValues = scaled.map((value) => r(value - mean));
  const residue = centred && variance === 'centred-twice' ? average(centredValues, r) : 0;
  const squares = centredValues.map((value) => r(r(value - residue) ** 2));
  const n = values.length;
  const spread = average(squares, r) * (variance === 'unbiased' && centred && n > 1 ? n / (n - 1) : 1);
  return { mean: mean * unit, variance: spread * unit * unit, residue: residue * unit, spread, unit };
}

/** Welford 1962: mean and sum of squares brought forward number by number. */
function welford(values: readonly number[], r: (v: number) => number): { mean: number; spread: number } {
  let mean = 0;
  let squares = 0;
  values.forEach((value, k) => {
    const before = r(value - mean);
    mean = r(mean + r(before / (k + 1)));
    squares = r(squares + r(before * r(value - mean)));
  });
  return { mean, spread: r(squares / values.length) };
}

function averageOf(values: readonly number[], r: (v: number) => number, sums: Plain['sums']): number {
  const sum = sums === 'sequential' ? sequentialSum(values, r) : pairwiseSum(values, r);
  return r(sum / values.length);
}

function sequentialSum(values: readonly number[], r: (v: number) => number): number {
  return values.reduce((sum, value) => r(sum + value), 0);
}

/** As NumPy sums. */
function pairwiseSum(values: readonly number[], r: (v: number) => number): number {
  if (values.length <= 32) return sequentialSum(values, r);
  const half = values.length >> 1;
  return r(pairwiseSum(values.slice(0, half), r) + pairwiseSum(values.slice(half), r));
}

function groupsOf({ x }: NormCall, { view }: CallPlan, { channelAxisOff }: Plain): Group[] {
  const size = sizeOf(x.shape);
  if (view.family === 'channels') {
    const groups: { at: number[]; parameters: number[] }[] = Array.from({ length: view.channels }, () => ({
      at: [],
      parameters: [],
    }));
    const inner = channelAxisOff ? 1 : view.inner;
    for (let i = 0; i < size; i++) {
      const channel = Math.floor(i / inner) % view.channels;
      groups[channel].at.push(i);
      groups[channel].parameters.push(channel);
    }
    return groups;
  }
  const order = Float64Array.from({ length: size }, (_, i) => i);
  const inRows = view.permutation === null ? order : transpose(order, x.shape, view.permutation);
  return Array.from({ length: view.rows }, (_, row) => {
    const places = Array.from({ length: view.features }, (_, k) => row * view.features + k);
    return {
      at: places.map((place) => inRows[place]),
      parameters: places.map((place) => Math.floor(place / view.parameters.inner) % view.parameters.count),
    };
  });
}

/** Of each element of x, whether it counts: all of them without a mask, which has a number for each position. */
function validity({ x }: NormCall, { channelAxis }: CallPlan, mask: Numbers | null): boolean[] | null {
  if (mask === null) return null;
  const channels = x.shape[channelAxis!];
  const inner = sizeOf(x.shape.slice(channelAxis! + 1));
  return Array.from({ length: sizeOf(x.shape) }, (_, i) => {
    const outer = Math.floor(i / (channels * inner));
    return mask[outer * inner + (i % inner)] !== 0;
  });
}

function within({ at, parameters }: Group, valid: boolean[] | null): Group {
  if (valid === null) return { at, parameters };
  return { at: at.filter((i) => valid[i]), parameters: parameters.filter((_, k) => valid[at[k]]) };
}

interface Parts {
  readonly out: Numbers;
  readonly sums: { readonly dgamma: Numbers; readonly dbeta: Numbers };
  readonly kept: readonly { mean: number; variance: number; invStd: number }[];
  /** How many elements each group has. */
  readonly counts: readonly number[];
  readonly gamma: Numbers | null;
  readonly mean: Numbers | null;
  readonly options: Plain;
}

function resultsOf(
  call: NormCall,
  plan: CallPlan,
  { out, sums, kept, counts, gamma, mean, options }: Parts,
): NormResult {
  const { view, running, statisticsType } = plan;
  const statistic = (pick: (k: Parts['kept'][number]) => number) =>
    stored(kept.map(pick), statisticsType, view.statisticsShape);
  const like = (values: ArrayLike<number>, { dtype, shape }: Pick<Tensor, 'dtype' | 'shape'>) =>
    stored(values, dtype, shape);
  if (call.mode === 'backward') {
    const parameter = call.gamma ?? { dtype: call.x.dtype, shape: view.parameters.shape };
    const scale = (c: number) => (gamma?.[c] ?? 1) * kept[c].invStd;
    const given = call as unknown as Given;
    return {
      dx: like(out, call.x),
      dgamma: like(sums.dgamma, parameter),
      ...(call.op === 'rmsNorm' ? {} : { dbeta: like(sums.dbeta, parameter) }),
      ...(mean === null
        ? {}
        : {
            dmean: like(
              sums.dbeta.map((sum, c) => -sum * scale(c)),
              given.mean!,
            ),
            dvariance: like(
              sums.dgamma.map((sum, c) => -0.5 * sum * scale(c) * kept[c].invStd),
              given.variance!,
            ),
          }),
    };
  }
  const y = like(out, call.x);
  if (call.mode === 'inference') return { y };
  if (call.op === 'rmsNorm') return { y, invRms: statistic(({ invStd }) => invStd) };
  const moved = (old: Tensor | undefined, pick: (k: Parts['kept'][number]) => number) => {
    const before = widened(old!.data);
    const [keep, take] = options.momentumReversed
      ? [running!.take, running!.keep]
      : [running!.keep, running!.take];
    const values = Array.from(before, (value, c) => {
      const here = kept.filter((_, g) => g % before.length === c);
      return keep * value + (take * here.reduce((sum, k) => sum + pick(k), 0)) / here.length;
    });
    return like(values, old!);
  };
  const { runningMean, runningVar } = call as unknown as Given;
  return {
    y,
    mean: statistic((k) => k.mean),
    invStd: statistic((k) => k.invStd),
    ...(running === null
      ? {}
      : {
          runningMean: moved(runningMean, (k) => k.mean),
          runningVar: moved(runningVar, (k) => {
            const n = counts[kept.indexOf(k)];
            return k.variance * (running.varianceFactor === 1 ? 1 : n / (n - 1));
          }),
        }),
  };
}

function stored(values: ArrayLike<number>, dtype: DType, shape: readonly number[]): Tensor {
  return {
    dtype,
    shape: [...shape],
    data: rounded(Float64Array.from(values), allocate(dtype, values.length)),
  };
}
