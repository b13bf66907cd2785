import type { RowsView } from '../plan/views';
import { type Runs, round, widen } from '../tensor/storage';
import type { TensorData } from '../tensor/tensor';
import * as float32 from './float32-loops';
import { affine, type Centring } from './loops';
import {
  backpropagate,
  centreGroup,
  GroupStatistics,
  type Standardize,
  settle,
  standardize,
} from './standardize';

/** What a forward kernel takes besides x: parameters in float64, null where absent. */
export interface Forward extends Standardize {
  readonly gamma: Float64Array | null;
  readonly beta: Float64Array | null;
}

/** What a backward kernel takes besides x and dy. */
export interface Backward extends Omit<Forward, 'beta'> {
  /** Added to dx before it is rounded; in the view's order of axes. */
  readonly dsum: TensorData | null;
}

/** The gradients of the parameters, in float64 until they are returned. */
export interface ParameterGradients {
  readonly dgamma: Float64Array;
  readonly dbeta: Float64Array;
}

/**
 * The rows family: y = gamma * xhat + beta, row after row; through one scratch row of float64, where the loops for float32
 * do not read and write the elements where they are. `x` and `y` are in the view's order of axes.
 */
export function normalizeRows(
  x: TensorData,
  view: RowsView,
  forward: Forward,
  y: TensorData,
): GroupStatistics {
  const gamma = forward.gamma ?? new Float64Array(view.parameters.count).fill(1);
  const beta = forward.beta ?? new Float64Array(view.parameters.count);
  const statistics = new GroupStatistics(view.rows);
  if (x instanceof Float32Array && y instanceof Float32Array && view.parameters.inner === 1) {
    const { centred, epsilon } = forward;
    const n = view.features;
    for (let r = 0, p = 0, from = 0; r < view.rows; r++, p = nextParameter(view, p), from += n) {
      const to = from + n;
      const mean = centred ? float32.sum(x, from, to) / n : 0;
      const centring = settle(mean, float32.centredSums(x, from, to, mean), n, centred, epsilon, 0);
      statistics.set(r, centring);
      float32.affine(x, y, from, to, centring, gamma, beta, p);
    }
    return statistics;
  }
  const row = new Float64Array(view.features);
  for (let r = 0, p = 0; r < view.rows; r++, p = nextParameter(view, p)) {
    const where = wholeRow(r, view.features);
    widen(x, where, row);
    const centring = centreGroup(row, forward);
    statistics.set(r, centring);
    affineRow(row, centring, gamma, beta, view.parameters.inner, p);
    round(row, y, where);
  }
  return statistics;
}

/** The rows family's gradients; statistics are those of x, computed again. */
export function backpropagateRows(
  x: TensorData,
  dy: TensorData,
  view: RowsView,
  forward: Backward,
  dx: TensorData,
): ParameterGradients {
  const { count, inner } = view.parameters;
  const gradients = { dgamma: new Float64Array(count), dbeta: new Float64Array(count) };
  const xhat = new Float64Array(view.features);
  const dxhat = new Float64Array(view.features);
  const zeros = new Float64Array(count);
  for (let r = 0, p = 0; r < view.rows; r++, p = nextParameter(view, p)) {
    const where = wholeRow(r, view.features);
    widen(x, where, xhat);
    widen(dy, where, dxhat);
    const { invStd } = standardize(xhat, forward);
    addParameterGradients(gradients, xhat, dxhat, inner, p);
    if (forward.gamma !== null) affineRow(dxhat, AS_IT_IS, forward.gamma, zeros, inner, p);
    backpropagate(xhat, dxhat, invStd, forward.centred);
    if (forward.dsum !== null) {
      widen(forward.dsum, where, xhat);
      for (let i = 0; i < dxhat.length; i++) dxhat[i] += xhat[i];
    }
    round(dxhat, dx, where);
  }
  return gradients;
}

function wholeRow(row: number, features: number): Runs {
  return { start: row * features, runs: 1, stride: 0, length: features };
}

/**
 * The parameter that the next row's first element takes; its others follow, each for `inner` neighbours, wrapping around.
 * From row to row, in small whole numbers: the remainder of row * features takes V8 0.7 microseconds (measured, Node 20).
 */
function nextParameter({ features, parameters }: RowsView, first: number): number {
  return (first + features / parameters.inner) % parameters.count;
}

/** Takes no pivot off and scales by 1. */
const AS_IT_IS = { pivot: 0, correction: 0, factor: 1 };

/** row = gamma * (row - pivot - correction) * factor + beta, each parameter for `inner` neighbours. */
function affineRow(
  row: Float64Array,
  centring: Centring,
  gamma: Float64Array,
  beta: Float64Array,
  inner: number,
  p: number,
): void {
  if (inner === 1) {
    affine(row, row, 0, row.length, centring, gamma, beta, p);
    return;
  }
  const { pivot, correction, factor } = centring;
  for (let i = 0; i < row.length; p++) {
    for (const end = i + inner; i < end; i++)
      row[i] = (row[i] - pivot - correction) * factor * gamma[p] + beta[p];
  }
}

function addParameterGradients(
  { dgamma, dbeta }: ParameterGradients,
  xhat: Float64Array,
  dy: Float64Array,
  inner: number,
  p: number,
): void {
  for (let i = 0; i < xhat.length; p++) {
    let scaleGradient = 0;
    let shiftGradient = 0;
    for (const end = i + inner; i < end; i++) {
      scaleGradient += dy[i] * xhat[i];
      shiftGradient += dy[i];
    }
    dgamma[p] += scaleGradient;
    dbeta[p] += shiftGradient;
  }
}
