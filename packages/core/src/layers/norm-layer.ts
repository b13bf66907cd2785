import type { NormAdapter } from '../adapter/norm-adapter';
import { referenceAdapter } from '../adapter/reference-adapter';
import { NormError } from '../errors';
import { allocate, type DType, sizeOf, type Tensor } from '../tensor/tensor';

/** What every layer is made with. */
export interface LayerOptions {
  /** Added to the variance under the root. Default: Layer Norm's is 1e-5, Batch Norm's that of its convention. */
  readonly epsilon?: number;
  /** Whether there are gamma and beta. Default: true. */
  readonly affine?: boolean;
  /** The type of parameters and statistics. Default: float32. */
  readonly dtype?: DType;
  /** What computes. It stays the caller's, who disposes of it. Default: the reference. */
  readonly adapter?: NormAdapter;
}

/** The gradients that a layer's backward gives: of its input, and of the parameters that it has. */
export interface LayerGradients {
  readonly dx: Tensor;
  readonly dgamma?: Tensor;
  readonly dbeta?: Tensor;
}

/** What the layers have in common: parameters, the adapter that computes, and calls that take turns. */
export abstract class NormLayer {
  /** Scale. Assign another of the same shape to change it, as an optimizer does. */
  gamma: Tensor | undefined;
  /** Shift. */
  beta: Tensor | undefined;
  protected readonly adapter: NormAdapter;
  protected isTraining = true;
  #last: Promise<unknown> = Promise.resolve();

  protected constructor(parameterShape: readonly number[], options: LayerOptions) {
    const { affine = true, dtype = 'float32', adapter = referenceAdapter() } = options;
    this.adapter = adapter;
    if (!affine) return;
    this.gamma = filled(1, dtype, parameterShape);
    this.beta = filled(0, dtype, parameterShape);
  }

  /** Whether the layer is training; a new one is. */
  get training(): boolean {
    return this.isTraining;
  }

  /** From here on forward is a training step. */
  train(): this {
    this.isTraining = true;
    return this;
  }

  /** From here on forward is inference. */
  eval(): this {
    this.isTraining = false;
    return this;
  }

  protected get parameters(): { gamma?: Tensor; beta?: Tensor } {
    return {
      ...(this.gamma === undefined ? {} : { gamma: this.gamma }),
      ...(this.beta === undefined ? {} : { beta: this.beta }),
    };
  }

  /** Steps asked for at the same time run one after the other, since each starts from the state the last one left. */
  protected inTurn<R>(step: () => Promise<R>): Promise<R> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => undefined);
    return result;
  }

  protected gradientsOf({ dx, dgamma, dbeta }: Required<LayerGradients>): LayerGradients {
    return {
      dx,
      ...(this.gamma === undefined ? {} : { dgamma }),
      ...(this.beta === undefined ? {} : { dbeta }),
    };
  }
}

export function filled(value: number, dtype: DType, shape: readonly number[]): Tensor {
  // 1 as a float16 is these bits.
  const stored = dtype === 'float16' && value === 1 ? 0x3c00 : value;
  return { dtype, shape: [...shape], data: allocate(dtype, sizeOf(shape)).fill(stored) };
}

export function noForwardYet(layer: string): NormError {
  return new NormError('not-run', `${layer} has no input to go back through; call forward first.`);
}
