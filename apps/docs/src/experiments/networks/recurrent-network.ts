import type * as TensorFlow from '@tensorflow/tfjs';
import type { Random } from '../training/random';
import { type Framework, NormLayer, type NormName } from './norm-layer';

/** Sequences of numbers with the class of each. */
export interface Sequences {
  /** By time step: one number of each sequence. */
  readonly steps: readonly Float32Array[];
  readonly classes: Int32Array;
}

const HIDDEN = 24;

/**
 * A recurrent classifier of two classes, h = tanh(norm(W x + U h + b)), the normalization inside the recurrence as in Ba, Kiros
 * and Hinton 2016, section 3.1. Batch Norm's running statistics are one set for all time steps, as they have to be where
 * sequences differ in length. Trained with Adam.
 */
export class RecurrentNetwork {
  readonly #framework: Framework;
  readonly #fromInput: TensorFlow.Variable;
  readonly #fromHidden: TensorFlow.Variable;
  readonly #toClass: TensorFlow.Variable;
  readonly #bias: TensorFlow.Variable;
  readonly #norm: NormLayer;
  readonly #optimizer: TensorFlow.AdamOptimizer;

  constructor(framework: Framework, random: Random, norm: NormName) {
    const { tf } = framework;
    this.#framework = framework;
    const weights = (rows: number, columns: number) => {
      const values = random.normals(rows * columns).map((value) => value / Math.sqrt(rows));
      return tf.variable(tf.tensor2d(values, [rows, columns]));
    };
    this.#fromInput = weights(1, HIDDEN);
    this.#fromHidden = weights(HIDDEN, HIDDEN);
    this.#toClass = weights(HIDDEN, 2);
    this.#bias = tf.variable(tf.zeros([HIDDEN]));
    this.#norm = new NormLayer(framework, norm, HIDDEN);
    this.#optimizer = tf.train.adam(0.01);
  }

  /** One training step. @returns the loss before it. */
  step({ steps, classes }: Sequences): number {
    const { tf } = this.#framework;
    return tf.tidy(() => {
      const labels = tf.oneHot(tf.tensor1d(classes, 'int32'), 2);
      const { value, grads } = tf.variableGrads(
        () => tf.losses.softmaxCrossEntropy(labels, this.#logits(steps, true)) as TensorFlow.Scalar,
        [...this.#weights, ...this.#norm.variables],
      );
      this.#optimizer.applyGradients(grads as never);
      return value.dataSync()[0];
    });
  }

  accuracy({ steps, classes }: Sequences): number {
    const { tf } = this.#framework;
    const found = tf.tidy(() => this.#logits(steps, false).argMax(-1).dataSync());
    return classes.filter((expected, i) => found[i] === expected).length / classes.length;
  }

  dispose(): void {
    for (const weight of this.#weights) weight.dispose();
    this.#norm.dispose();
    this.#optimizer.dispose();
  }

  get #weights(): TensorFlow.Variable[] {
    return [this.#fromInput, this.#fromHidden, this.#toClass, this.#bias];
  }

  #logits(steps: readonly Float32Array[], training: boolean): TensorFlow.Tensor {
    const { tf } = this.#framework;
    let hidden: TensorFlow.Tensor = tf.zeros([steps[0].length, HIDDEN]);
    for (const values of steps) {
      const input = tf.tensor2d(values, [values.length, 1]).matMul(this.#fromInput as TensorFlow.Tensor2D);
      const sum = input.add(hidden.matMul(this.#fromHidden)).add(this.#bias);
      hidden = this.#norm.apply(sum, training).tanh();
    }
    return hidden.matMul(this.#toClass);
  }
}
