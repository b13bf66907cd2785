import type { Convention } from '../call/call';
import { NormError } from '../errors';
import { checkArguments } from '../plan/known-arguments';
import { checkedEpsilon } from '../plan/plan';
import { trailingAxes } from '../plan/views';
import { checkCount, checkSize } from '../tensor/check-size';
import { sizeOf, type Tensor } from '../tensor/tensor';
import { convertWeights } from '../weights/convert-weights';
import { parameterNames } from '../weights/parameter-names';
import { type LayerGradients, type LayerOptions, NormLayer, noForwardYet } from './norm-layer';

export interface LayerNormOptions extends LayerOptions {
  /** The last dimensions of the input, which share statistics: PyTorch's normalizedShape. One number is one dimension. */
  readonly shape: number | readonly number[];
}

/**
 * Layer Norm as a layer that keeps its parameters. Ba, Kiros and Hinton 2016. It computes the same in training as in
 * inference; `train` and `eval` are there so that it can stand in Batch Norm's place.
 *
 * @throws NormError `unknown-argument`, `shape`, `epsilon` where it is made; `shape` for an input that does not end in the
 *   layer's shape; `not-run` for backward before forward.
 *
 * @example
 * ```ts
 * import { tensor } from '@normlayers/core';
 * import { LayerNorm } from '@normlayers/core/layers';
 *
 * const layer = new LayerNorm({ shape: 2, epsilon: 0 });
 * const y = await layer.forward(tensor([1, 3, 10, 30], [2, 2]));
 * assert.deepEqual([...y.data], [-1, 1, -1, 1]);
 * assert.deepEqual(Object.keys(layer.stateDict('keras')), ['gamma', 'beta']);
 * ```
 */
export class LayerNorm extends NormLayer {
  readonly shape: readonly number[];
  readonly epsilon: number;
  #x: Tensor | null = null;

  constructor(options: LayerNormOptions) {
    checkArguments('LayerNorm', options, ['shape', 'epsilon', 'affine', 'dtype', 'adapter']);
    const shape = typeof options.shape === 'number' ? [options.shape] : options.shape;
    if (!Array.isArray(shape) || shape.length === 0) checkCount('shape', options.shape);
    else for (const dimension of shape) checkCount('shape', dimension);
    super(shape, options);
    this.shape = [...shape];
    this.epsilon = checkedEpsilon(options.epsilon);
  }

  /** Normalizes each sample over the last dimensions. */
  forward(x: Tensor): Promise<Tensor> {
    return this.inTurn(async () => {
      const axes = trailingAxes(x.shape, this.shape);
      const call = { op: 'layerNorm', mode: 'inference', x, ...this.parameters, axes } as const;
      const { y } = await this.adapter.run({ ...call, epsilon: this.epsilon });
      this.#x = x;
      return y;
    });
  }

  /** The gradients of the last forward. */
  backward(dy: Tensor): Promise<LayerGradients> {
    return this.inTurn(async () => {
      const x = this.#x;
      if (x === null) throw noForwardYet('LayerNorm');
      const axes = trailingAxes(x.shape, this.shape);
      const { gamma } = this.parameters;
      const call = { op: 'layerNorm', mode: 'backward', x, dy, gamma, axes } as const;
      const { dx, dgamma, dbeta } = await this.adapter.run({ ...call, epsilon: this.epsilon });
      return this.gradientsOf({ dx, dgamma, dbeta });
    });
  }

  /** gamma and beta under a framework's names. */
  stateDict(convention: Convention): Record<string, Tensor> {
    const names = parameterNames(convention, 'layerNorm');
    const { gamma, beta } = this;
    return {
      ...(gamma === undefined ? {} : { [names.gamma]: gamma }),
      ...(beta === undefined ? {} : { [names.beta]: beta }),
    };
  }

  /**
   * Takes gamma and beta from a framework's file. A layer without a bias there has no beta here.
   *
   * @throws NormError `unknown-argument`, `missing-argument`, `parameter-length`; the layer is then as it was.
   */
  loadStateDict(state: Readonly<Record<string, Tensor>>, from: Convention): this {
    const { tensors } = convertWeights(
      { tensors: state, epsilon: this.epsilon },
      { from, to: 'keras', op: 'layerNorm' },
    );
    const { gamma, beta } = tensors;
    const names = parameterNames(from, 'layerNorm');
    if (gamma === undefined) {
      throw new NormError('missing-argument', `${names.gamma} is missing from the state.`, {
        argument: names.gamma,
      });
    }
    for (const [name, value] of [
      [names.gamma, gamma],
      [names.beta, beta],
    ] as const) {
      if (value !== undefined) checkSize(name, value, sizeOf(this.shape));
    }
    [this.gamma, this.beta] = [gamma, beta];
    return this;
  }
}
