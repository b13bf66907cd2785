import type { BatchNormTraining, Convention } from '../call/call';
import type { Layout } from '../call/operations';
import { NormError } from '../errors';
import { checkArguments } from '../plan/known-arguments';
import { checkedEpsilon } from '../plan/plan';
import { CONVENTIONS, checkConvention, checkMomentum } from '../plan/running-stats';
import { checkCount, checkSize } from '../tensor/check-size';
import type { Tensor } from '../tensor/tensor';
import { convertWeights } from '../weights/convert-weights';
import { PARAMETER_ROLES, type ParameterRole, parameterNames } from '../weights/parameter-names';
import { filled, type LayerGradients, type LayerOptions, NormLayer, noForwardYet } from './norm-layer';

export interface BatchNormOptions extends LayerOptions {
  /** How many channels there are. */
  readonly features: number;
  /** Whose rule the running statistics follow, and whose defaults for epsilon and momentum. */
  readonly convention: Convention;
  /** In the convention's direction; null is PyTorch's cumulative average. Default: the convention's. */
  readonly momentum?: number | null;
  /** Where the channels are. Default: `channels-first`. */
  readonly layout?: Layout;
  /** The channel axis itself, instead of `layout`. */
  readonly axis?: number;
}

/** Which statistics the last forward normalized with, and what it normalized. */
interface Step {
  readonly x: Tensor;
  readonly given: { readonly mean: Tensor; readonly variance: Tensor } | null;
}

/**
 * Batch Norm as a layer that keeps its parameters and running statistics. Ioffe and Szegedy 2015.
 *
 * @throws NormError `unknown-argument`, `shape`, `convention`, `momentum`, `epsilon` where it is made; what the call of the
 *   same name throws where it runs; `not-run` for backward before forward.
 *
 * @example
 * ```ts
 * import { tensor } from '@normlayers/core';
 * import { BatchNorm } from '@normlayers/core/layers';
 *
 * const layer = new BatchNorm({ features: 2, convention: 'pytorch', epsilon: 0, momentum: 0.5 });
 * const y = await layer.forward(tensor([1, 10, 3, 30], [2, 2]));
 * assert.deepEqual([...y.data], [-1, -1, 1, 1]);
 * assert.deepEqual([...layer.runningMean.data], [1, 10]);
 * const { dbeta } = await layer.backward(tensor([1, 1, 1, 1], [2, 2]));
 * assert.deepEqual([...dbeta!.data], [2, 2]);
 * ```
 */
export class BatchNorm extends NormLayer {
  runningMean: Tensor;
  runningVar: Tensor;
  /** How many training steps the running statistics hold. */
  numBatchesTracked = 0;
  readonly features: number;
  readonly convention: Convention;
  readonly epsilon: number;
  readonly momentum: number | null;
  readonly #where: Pick<BatchNormTraining, 'layout' | 'axis'>;
  #isFrozen = false;
  #step: Step | null = null;

  constructor(options: BatchNormOptions) {
    checkArguments('BatchNorm', options, [
      ...['features', 'convention', 'momentum', 'layout', 'axis'],
      ...['epsilon', 'affine', 'dtype', 'adapter'],
    ]);
    checkCount('features', options.features);
    checkConvention(options.convention);
    super([options.features], options);
    const { features, convention, layout, axis, dtype = 'float32' } = options;
    this.features = features;
    this.convention = convention;
    this.epsilon = checkedEpsilon(options.epsilon ?? CONVENTIONS[convention].epsilon);
    this.momentum = options.momentum === undefined ? CONVENTIONS[convention].momentum : options.momentum;
    if (this.momentum !== null) checkMomentum(this.momentum);
    this.#where = { layout, axis };
    const statisticsType = dtype === 'float16' ? 'float32' : dtype;
    this.runningMean = filled(0, statisticsType, [features]);
    this.runningVar = filled(1, statisticsType, [features]);
  }

  /** Whether training normalizes with the running statistics and leaves them as they are. */
  get frozen(): boolean {
    return this.#isFrozen;
  }

  /** Freezes the statistics, as for fine-tuning with small batches; gamma and beta go on learning. */
  freeze(isFrozen = true): this {
    this.#isFrozen = isFrozen;
    return this;
  }

  /** Normalizes: in training with the batch's own statistics, of which the running ones take their part. */
  forward(x: Tensor): Promise<Tensor> {
    const isOwn = this.training && !this.frozen;
    return this.inTurn(async () => {
      const { epsilon, convention, momentum, runningMean, runningVar, numBatchesTracked } = this;
      const shared = { op: 'batchNorm', x, ...this.parameters, epsilon, ...this.#where } as const;
      if (!isOwn) {
        const given = { mean: runningMean, variance: runningVar };
        const { y } = await this.adapter.run({ ...shared, mode: 'inference', ...given });
        this.#step = { x, given };
        return y;
      }
      const running = { runningMean, runningVar, convention, momentum, numBatchesTracked };
      const result = await this.adapter.run({ ...shared, mode: 'training', ...running });
      this.runningMean = result.runningMean!;
      this.runningVar = result.runningVar!;
      this.numBatchesTracked++;
      this.#step = { x, given: null };
      return result.y;
    });
  }

  /** The gradients of the last forward, through the statistics that it used. */
  backward(dy: Tensor): Promise<LayerGradients> {
    return this.inTurn(async () => {
      if (this.#step === null) throw noForwardYet('BatchNorm');
      const { x, given } = this.#step;
      const { gamma } = this.parameters;
      const call = { op: 'batchNorm', mode: 'backward', x, dy, gamma, epsilon: this.epsilon } as const;
      const { dx, dgamma, dbeta } = await this.adapter.run({ ...call, ...this.#where, ...given });
      return this.gradientsOf({ dx, dgamma, dbeta });
    });
  }

  /** Parameters and statistics under a framework's names; PyTorch's counter among them. Default: the own convention's. */
  stateDict(convention: Convention = this.convention): Record<string, Tensor> {
    checkConvention(convention);
    const names = parameterNames(convention);
    const { gamma, beta, runningMean: mean, runningVar: variance } = this;
    const roles = { gamma, beta, mean, variance };
    const state: Record<string, Tensor> = {};
    for (const role of PARAMETER_ROLES) {
      const value = roles[role];
      if (value !== undefined) state[names[role]] = value;
    }
    if (convention === 'pytorch') {
      state.num_batches_tracked = {
        dtype: 'float64',
        shape: [],
        data: Float64Array.of(this.numBatchesTracked),
      };
    }
    return state;
  }

  /**
   * Takes parameters and statistics from a framework's file, as they are stored: inference gives what it gave there. Names
   * may have the layer's in front of them.
   *
   * @throws NormError `unknown-argument`, `missing-argument`, `parameter-length`; the layer is then as it was.
   */
  loadStateDict(state: Readonly<Record<string, Tensor>>, from: Convention = this.convention): this {
    const converted = convertWeights({ tensors: state }, { from, to: 'pytorch' });
    const names = parameterNames('pytorch');
    const read = (role: ParameterRole): Tensor => {
      const value = converted.tensors[names[role]];
      const name = parameterNames(from)[role];
      if (value === undefined) {
        throw new NormError('missing-argument', `${name} is missing from the state.`, { argument: name });
      }
      checkSize(name, value, this.features);
      return value;
    };
    const [gamma, beta] = this.gamma === undefined ? [] : [read('gamma'), read('beta')];
    const [mean, variance] = [read('mean'), read('variance')];
    [this.gamma, this.beta, this.runningMean, this.runningVar] = [gamma, beta, mean, variance];
    this.numBatchesTracked = converted.numBatchesTracked ?? 0;
    return this;
  }
}
