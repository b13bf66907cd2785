import type { ChannelsView } from '../plan/views';
import { type Runs, round, widen } from '../tensor/storage';
import type { TensorData } from '../tensor/tensor';
import { dot, scale, sum } from './loops';
import type { Forward, ParameterGradients } from './rows';
import { backpropagate, centreGroup, GroupStatistics, type Standardize, standardize } from './standardize';

/** Statistics that are given instead of computed, one of each per channel. */
export interface FixedStatistics {
  readonly mean: Float64Array;
  readonly invStd: Float64Array;
}

/**
 * The channels family: y = gamma * xhat + beta. A channel lies in `outer` stretches of `inner` neighbours; it is
 * gathered into one scratch array of float64, and from there on it is a row.
 *
 * @param fixed the statistics to use, or null for the batch's own, which are returned.
 */
export function normalizeChannels(
  x: TensorData,
  view: ChannelsView,
  forward: Forward,
  fixed: FixedStatistics | null,
  y: TensorData,
): GroupStatistics {
  const statistics = new GroupStatistics(view.channels);
  const channel = new Float64Array(view.outer * view.inner);
  for (let c = 0; c < view.channels; c++) {
    const where = wholeChannel(c, view);
    widen(x, where, channel);
    if (fixed === null) statistics.set(c, standardize(channel, forward));
    else scale(channel, fixed.mean[c], fixed.invStd[c]);
    affine(channel, forward.gamma?.[c] ?? 1, forward.beta?.[c] ?? 0);
    round(channel, y, where);
  }
  return statistics;
}

/** The batch's own statistics of each channel, and nothing written. */
export function channelStatistics(x: TensorData, view: ChannelsView, options: Standardize): GroupStatistics {
  const statistics = new GroupStatistics(view.channels);
  const channel = new Float64Array(view.outer * view.inner);
  for (let c = 0; c < view.channels; c++) {
    widen(x, wholeChannel(c, view), channel);
    statistics.set(c, centreGroup(channel, options));
  }
  return statistics;
}

/** The channels family's gradients, through the batch's own statistics or, where `fixed` is given, not through them. */
export function backpropagateChannels(
  x: TensorData,
  dy: TensorData,
  view: ChannelsView,
  forward: Omit<Forward, 'beta'>,
  fixed: FixedStatistics | null,
  dx: TensorData,
): ParameterGradients {
  const gradients = { dgamma: new Float64Array(view.channels), dbeta: new Float64Array(view.channels) };
  const xhat = new Float64Array(view.outer * view.inner);
  const dxhat = new Float64Array(view.outer * view.inner);
  for (let c = 0; c < view.channels; c++) {
    const where = wholeChannel(c, view);
    widen(x, where, xhat);
    widen(dy, where, dxhat);
    if (fixed !== null) scale(xhat, fixed.mean[c], fixed.invStd[c]);
    const invStd = fixed === null ? standardize(xhat, forward).invStd : fixed.invStd[c];
    gradients.dgamma[c] = dot(dxhat, xhat);
    gradients.dbeta[c] = sum(dxhat, 0, dxhat.length);
    scale(dxhat, 0, forward.gamma?.[c] ?? 1);
    if (fixed === null) backpropagate(xhat, dxhat, invStd, true);
    else scale(dxhat, 0, invStd);
    round(dxhat, dx, where);
  }
  return gradients;
}

function wholeChannel(channel: number, { outer, channels, inner }: ChannelsView): Runs {
  return { start: channel * inner, runs: outer, stride: channels * inner, length: inner };
}

function affine(values: Float64Array, gamma: number, beta: number): void {
  for (let i = 0; i < values.length; i++) values[i] = values[i] * gamma + beta;
}
