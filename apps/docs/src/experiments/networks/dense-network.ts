import type * as TensorFlow from '@tensorflow/tfjs';
import { CLASSES, FEATURES, type Samples } from '../training/clusters';
import type { Random } from '../training/random';
import { type Framework, NormLayer, type NormName } from './norm-layer';

export interface DenseOptions {
  readonly norm: NormName;
  /** The widths of the hidden layers. */
  readonly hidden: readonly number[];
  readonly learningRate: number;
  /** Times the usual spread of the first weights, sqrt(2 / inputs) (He et al. 2015). Default: 1. */
  readonly weightScale?: number;
  /** What stays of Batch Norm's running statistics at each step. Default: 0.9. */
  readonly momentum?: number;
}

/** A classifier of dense layers, each but the last followed by a normalization and a ReLU; trained by plain SGD. */
export class DenseNetwork {
  readonly #framework: Framework;
  readonly #weights: TensorFlow.Variable[] = [];
  readonly #biases: TensorFlow.Variable[] = [];
  readonly #norms: NormLayer[] = [];
  readonly #variables: TensorFlow.Variable[];
  readonly #optimizer: TensorFlow.SGDOptimizer;

  constructor(framework: Framework, random: Random, options: DenseOptions) {
    const { tf } = framework;
    const { norm, hidden, learningRate, weightScale = 1, momentum } = options;
    this.#framework = framework;
    const widths = [FEATURES, ...hidden, CLASSES];
    for (let i = 1; i < widths.length; i++) {
      const spread = weightScale * Math.sqrt(2 / widths[i - 1]);
      const values = random.normals(widths[i - 1] * widths[i]).map((value) => value * spread);
      this.#weights.push(tf.variable(tf.tensor2d(values, [widths[i - 1], widths[i]])));
      this.#biases.push(tf.variable(tf.zeros([widths[i]])));
      if (i < widths.length - 1) this.#norms.push(new NormLayer(framework, norm, widths[i], momentum));
    }
    this.#variables = [...this.#weights, ...this.#biases, ...this.#norms.flatMap((layer) => layer.variables)];
    this.#optimizer = tf.train.sgd(learningRate);
  }

  /** One training step on a mini-batch. @returns the loss before it: cross-entropy in nats. */
  step({ x, classes, count, features }: Samples): number {
    const { tf } = this.#framework;
    return tf.tidy(() => {
      const input = tf.tensor2d(x, [count, features]);
      const labels = tf.oneHot(tf.tensor1d(classes, 'int32'), CLASSES);
      const { value, grads } = tf.variableGrads(
        () => tf.losses.softmaxCrossEntropy(labels, this.#logits(input, true)) as TensorFlow.Scalar,
        this.#variables,
      );
      this.#optimizer.applyGradients(grads);
      return value.dataSync()[0];
    });
  }

  /** The share of samples whose class is found, in inference. */
  accuracy({ x, classes, count, features }: Samples): number {
    const { tf } = this.#framework;
    const found = tf.tidy(() =>
      this.#logits(tf.tensor2d(x, [count, features]), false)
        .argMax(-1)
        .dataSync(),
    );
    return classes.filter((expected, i) => found[i] === expected).length / count;
  }

  /**
   * Calls `use` with the population's statistics in the place of the running ones: those of some batches, each normalized by its
   * own as in training (Wu and Johnson 2021, section 3.1).
   */
  withStatisticsOf<T>(batches: readonly Samples[], use: () => T): T {
    const { tf } = this.#framework;
    for (const norm of this.#norms) norm.gather();
    for (const { x, count, features } of batches) {
      tf.tidy(() => this.#logits(tf.tensor2d(x, [count, features]), true));
    }
    return this.#norms.reduceRight<() => T>((inner, norm) => () => norm.withGathered(inner), use)();
  }

  dispose(): void {
    for (const variable of [...this.#weights, ...this.#biases]) variable.dispose();
    for (const layer of this.#norms) layer.dispose();
    this.#optimizer.dispose();
  }

  #logits(x: TensorFlow.Tensor, training: boolean): TensorFlow.Tensor {
    let values = x;
    this.#weights.forEach((weight, i) => {
      values = values.matMul(weight).add(this.#biases[i]);
      if (i < this.#norms.length) values = this.#norms[i].apply(values, training).relu();
    });
    return values;
  }
}
