import { affine } from './loops';
import {
  backpropagate,
  type Centred,
  centreGroup,
  GroupStatistics,
  type Standardize,
  standardize,
} from './standardize';
import { type Runs, round, widen } from './storage';
import type { TensorData } from './tensor';
import type { RowsView } from './views';

/** What a forward kernel takes besides x: parameters in float64, null where absent. */
export interface Forward extends Standardize {
  readonly gamma: Float64Array | null;
  readonly beta: Float64Array | null;
}

/** The gradients of the parameters, in float64 until they are returned. */
export interface ParameterGradients {
  readonly dgamma: Float64Array;
  readonly dbeta: Float64Array;
}

/**
 * The rows family: y = gamma * xhat + beta, row after row through one scratch row of float64.
 * `x` and `y` are in the view's order of axes.
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
  const row = new Float64Array(view.features);
  for (let r = 0; r < view.rows; r++) {
    const where = wholeRow(r, view.features);
    widen(x, where, row);
    const centred = centreGroup(row, forward);
    statistics.set(r, centred);
    affineRow(row, centred, gamma, beta, view, r);
    round(row, y, where);
  }
  return statistics;
}

/** The rows family's gradients; statistics are those of x, computed again. */
export function backpropagateRows(
  x: TensorData,
  dy: TensorData,
  view: RowsView,
  forward: Omit<Forward, 'beta'>,
  dx: TensorData,
): ParameterGradients {
  const { count } = view.parameters;
  const gradients = { dgamma: new Float64Array(count), dbeta: new Float64Array(count) };
  const xhat = new Float64Array(view.features);
  const dxhat = new Float64Array(view.features);
  const zeros = new Float64Array(count);
  for (let r = 0; r < view.rows; r++) {
    const where = wholeRow(r, view.features);
    widen(x, where, xhat);
    widen(dy, where, dxhat);
    const { invStd } = standardize(xhat, forward);
    addParameterGradients(gradients, xhat, dxhat, view, r);
    if (forward.gamma !== null) affineRow(dxhat, AS_IT_IS, forward.gamma, zeros, view, r);
    backpropagate(xhat, dxhat, invStd, forward.centred);
    round(dxhat, dx, where);
  }
  return gradients;
}

function wholeRow(row: number, features: number): Runs {
  return { start: row * features, runs: 1, stride: 0, length: features };
}

/** The parameter that a row's first element takes; the others follow by `inner`, wrapping around. */
function firstParameter({ features, parameters }: RowsView, row: number): number {
  return ((row * features) / parameters.inner) % parameters.count;
}

/** Takes no shift off and scales by 1. */
const AS_IT_IS = { shift: 0, factor: 1 };

/** row = gamma * (row - shift) * factor + beta, each parameter for `inner` neighbours. */
function affineRow(
  row: Float64Array,
  { shift, factor }: Pick<Centred, 'shift' | 'factor'>,
  gamma: Float64Array,
  beta: Float64Array,
  view: RowsView,
  r: number,
): void {
  const { inner } = view.parameters;
  let p = firstParameter(view, r);
  if (inner === 1) {
    affine(row, shift, factor, gamma, beta, p);
    return;
  }
  for (let i = 0; i < row.length; p++) {
    for (const end = i + inner; i < end; i++) row[i] = (row[i] - shift) * factor * gamma[p] + beta[p];
  }
}

function addParameterGradients(
  { dgamma, dbeta }: ParameterGradients,
  xhat: Float64Array,
  dy: Float64Array,
  view: RowsView,
  r: number,
): void {
  const { inner } = view.parameters;
  let p = firstParameter(view, r);
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
