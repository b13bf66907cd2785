import type { Convention, Op } from '../call/call';
import { OPS } from '../call/operations';
import { NormError } from '../errors';
import { checkArguments } from '../plan/known-arguments';
import { checkedEpsilon } from '../plan/plan';
import { CONVENTIONS, checkConvention, checkMomentum } from '../plan/running-stats';
import { rounded, widened } from '../tensor/storage';
import { allocate, checkTensor, describe, type Tensor } from '../tensor/tensor';
import { ownNames } from './layers-of';
import { type ParameterRole, parameterNames } from './parameter-names';

/** A layer's parameters, statistics and attributes under one framework's names and conventions. */
export interface LayerWeights {
  /**
   * Tensors by the framework's names; those a layer does not have are left out. Names may have the layer's in front of them
   * (`layer1.0.bn1.weight`, `batch_normalization/gamma:0`), and PyTorch's num_batches_tracked may be among them.
   */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** Default: that of the framework's layer; none for PyTorch's RMSNorm, which takes that of its input's type. */
  readonly epsilon?: number;
  /** In the framework's direction; null is PyTorch's cumulative average. Default: the framework's. */
  readonly momentum?: number | null;
  /** PyTorch's num_batches_tracked. */
  readonly numBatchesTracked?: number;
}

export interface ConvertOptions {
  readonly from: Convention;
  readonly to: Convention;
  /** Default: `batchNorm`. The others have no running statistics and no momentum. */
  readonly op?: Op;
  /**
   * How many elements shared a mean in each training step (batch size times positions). Given, the stored variance is
   * changed between n - 1 and n; left out, it is kept, because inference uses it as it is and would change otherwise.
   */
  readonly elementsPerStep?: number;
}

/** One change that a conversion makes, for a person to read. */
export interface WeightChange {
  readonly field: string;
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

/** Converted weights: every attribute spelt out, because defaults differ. */
export interface ConvertedWeights {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly epsilon: number;
  readonly momentum?: number | null;
  readonly numBatchesTracked?: number;
  readonly changes: readonly WeightChange[];
}

/**
 * Brings a layer's weights from one framework's names and conventions to another's. Inference gives the same results
 * before and after, and training goes on at the same pace. Tensors are never changed in place.
 *
 * @throws NormError `convention`; `unknown-op`; `epsilon`; `missing-argument` for PyTorch's RMSNorm without epsilon;
 *   `unknown-argument` for an option that there is not, or a tensor that the framework does not name; `momentum` where a
 *   cumulative average goes to a framework that has none; `unbiased-variance` for elementsPerStep below 2.
 *
 * @example
 * ```ts
 * import { tensor } from '@normlayers/core';
 * import { convertWeights } from '@normlayers/core/weights';
 *
 * const torch = { tensors: { weight: tensor([2]), bias: tensor([1]), running_mean: tensor([0]), running_var: tensor([4]) } };
 * const keras = convertWeights(torch, { from: 'pytorch', to: 'keras' });
 * assert.deepEqual(Object.keys(keras.tensors), ['gamma', 'beta', 'moving_mean', 'moving_variance']);
 * assert.equal(keras.momentum, 0.9);
 * assert.equal(keras.epsilon, 1e-5); // Keras's own default is 1e-3
 * ```
 */
export function convertWeights(weights: LayerWeights, options: ConvertOptions): ConvertedWeights {
  checkArguments('convertWeights', options, ['from', 'to', 'op', 'elementsPerStep']);
  // Converted weights, which hold `changes`, may be converted again.
  checkArguments('the layer', weights, ['tensors', 'epsilon', 'momentum', 'numBatchesTracked', 'changes']);
  const { from, to, op = 'batchNorm', elementsPerStep } = options;
  checkConvention(from);
  checkConvention(to);
  if (!OPS.includes(op)) {
    throw new NormError('unknown-op', `op is ${describe(op)}; expected one of ${OPS.join(', ')}.`, {
      argument: 'op',
    });
  }
  const changes: WeightChange[] = [];
  const given = weights.epsilon ?? defaultEpsilon(from, op);
  if (given === null) {
    throw new NormError(
      'missing-argument',
      "epsilon is missing; PyTorch's RMSNorm takes the precision of its input's type (2^-23 for float32), so expected it to be given.",
      { argument: 'epsilon' },
    );
  }
  const epsilon = checkedEpsilon(given);
  noteEpsilon(changes, epsilon, options);
  const { count, ...own } = ownNames(weights.tensors);
  const tensors = renameTensors(own.tensors, options, changes);
  if (op !== 'batchNorm') return { tensors, epsilon, changes };

  const converted =
    elementsPerStep === undefined ? tensors : convertVariance(tensors, options, elementsPerStep, changes);
  const momentum = convertMomentum(weights.momentum, options, changes);
  const numBatchesTracked = weights.numBatchesTracked ?? count;
  if (to !== 'pytorch' || numBatchesTracked === undefined)
    return { tensors: converted, epsilon, momentum, changes };
  return { tensors: converted, epsilon, momentum, numBatchesTracked, changes };
}

function renameTensors(
  tensors: Readonly<Record<string, Tensor>>,
  { from, to, op }: ConvertOptions,
  changes: WeightChange[],
): Record<string, Tensor> {
  const roles = Object.entries(parameterNames(from, op)) as [ParameterRole, string][];
  const unknown = Object.keys(tensors).find((name) => !roles.some(([, own]) => own === name));
  if (unknown !== undefined) {
    const known = roles.map(([, own]) => own).join(', ');
    throw new NormError('unknown-argument', `${from} has no parameter ${unknown}; it has ${known}.`, {
      argument: unknown,
    });
  }
  const renamed: Record<string, Tensor> = {};
  for (const [role, own] of roles) {
    if (tensors[own] === undefined) continue;
    checkTensor(own, tensors[own]);
    const name = parameterNames(to, op)[role];
    renamed[name] = tensors[own];
    if (name !== own) changes.push({ field: role, from: own, to: name, why: `${to} calls it so` });
  }
  return renamed;
}

/**
 * The epsilon that a framework's layer takes by default; null where that depends on the input's type.
 * Sources: torch.nn.RMSNorm; keras.layers.RMSNormalization; flax.linen's LayerNorm, GroupNorm, InstanceNorm and RMSNorm.
 * All others have that of their framework's Batch Norm.
 */
function defaultEpsilon(convention: Convention, op: Op): number | null {
  if (convention === 'pytorch' && op === 'rmsNorm') return null;
  if (convention === 'keras' && op === 'rmsNorm') return 1e-6;
  if (convention === 'flax' && op !== 'batchNorm') return 1e-6;
  return CONVENTIONS[convention].epsilon;
}

function noteEpsilon(
  changes: WeightChange[],
  epsilon: number,
  { from, to, op = 'batchNorm' }: ConvertOptions,
): void {
  const own = defaultEpsilon(to, op);
  if (epsilon === own) return;
  changes.push({
    field: 'epsilon',
    from: `${epsilon}, ${epsilon === defaultEpsilon(from, op) ? `${from}'s default` : 'as given'}`,
    to: `${epsilon}, given`,
    why: `${to} would take ${own ?? "the precision of the input's type"}`,
  });
}

function convertMomentum(
  given: number | null | undefined,
  { from, to }: ConvertOptions,
  changes: WeightChange[],
): number | null {
  const momentum = given === undefined ? CONVENTIONS[from].momentum : given;
  if (momentum === null) {
    if (from === 'pytorch' && to === 'pytorch') return null;
    throw new NormError(
      'momentum',
      `momentum is null (cumulative average), which only pytorch has; give a number to go from ${from} to ${to}.`,
      { argument: 'momentum' },
    );
  }
  checkMomentum(momentum);
  if (CONVENTIONS[from].momentumWeighs === CONVENTIONS[to].momentumWeighs) return momentum;
  // 1 - 0.1 is 0.9 and 1 - 0.99 must be 0.01 again, not 0.010000000000000009: there and back gives the same number.
  const turned = Number((1 - momentum).toPrecision(15));
  changes.push({
    field: 'momentum',
    from: String(momentum),
    to: String(turned),
    why: `${from} weighs the ${words(from)} with it, ${to} the ${words(to)}`,
  });
  return turned;
}

function words(convention: Convention): string {
  return CONVENTIONS[convention].momentumWeighs === 'batch' ? 'new batch' : 'statistics so far';
}

function convertVariance(
  tensors: Readonly<Record<string, Tensor>>,
  { from, to }: ConvertOptions,
  n: number,
  changes: WeightChange[],
): Readonly<Record<string, Tensor>> {
  if (!(Number.isSafeInteger(n) && n >= 2)) {
    throw new NormError(
      'unbiased-variance',
      `elementsPerStep is ${describe(n)}; expected a whole number, 2 or more.`,
      { argument: 'elementsPerStep' },
    );
  }
  const name = parameterNames(to).variance;
  const variance = tensors[name];
  const [before, after] = [CONVENTIONS[from].unbiasedVariance, CONVENTIONS[to].unbiasedVariance];
  if (variance === undefined || before === after) return tensors;
  const factor = after ? n / (n - 1) : (n - 1) / n;
  changes.push({
    field: 'variance',
    from: before ? 'over n - 1' : 'over n',
    to: after ? 'over n - 1' : 'over n',
    why: `${to} keeps it so; times ${factor} with n = ${n}, which changes inference by as much`,
  });
  const values = widened(variance.data).map((value) => value * factor);
  return {
    ...tensors,
    [name]: { ...variance, data: rounded(values, allocate(variance.dtype, values.length)) },
  };
}
