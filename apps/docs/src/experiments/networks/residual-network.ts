import type * as TensorFlow from '@tensorflow/tfjs';
import { CLASSES, FEATURES, type Samples } from '../training/clusters';
import type { Random } from '../training/random';
import { type Framework, NormLayer } from './norm-layer';

export interface ResidualOptions {
  /** Where the Layer Norms are: inside the branches, x + f(LN(x)), or after the sums, LN(x + f(x)). */
  readonly place: 'pre' | 'post';
  readonly learningRate: number;
  /** Over how many steps the learning rate grows from nothing; 0: from the start it is what it is. */
  readonly warmUp: number;
}

const BLOCKS = 12;
const WIDTH = 16;

/** A classifier of residual blocks, each two dense layers, as in a Transformer without its attention. Trained with Adam. */
export class ResidualNetwork {
  readonly #framework: Framework;
  readonly #options: ResidualOptions;
  readonly #fromInput: TensorFlow.Variable;
  readonly #toClass: TensorFlow.Variable;
  readonly #blocks: readonly { readonly inner: TensorFlow.Variable; readonly outer: TensorFlow.Variable }[];
  readonly #norms: readonly NormLayer[];
  readonly #last: NormLayer;
  readonly #optimizer: TensorFlow.AdamOptimizer;
  #steps = 0;

  constructor(framework: Framework, random: Random, options: ResidualOptions) {
    const { tf } = framework;
    this.#framework = framework;
    this.#options = options;
    const weights = (rows: number, columns: number) => {
      // Xavier, as in the paper (Glorot and Bengio 2010).
      const spread = Math.sqrt(2 / (rows + columns));
      const values = random.normals(rows * columns).map((value) => value * spread);
      return tf.variable(tf.tensor2d(values, [rows, columns]));
    };
    this.#fromInput = weights(FEATURES, WIDTH);
    this.#blocks = Array.from({ length: BLOCKS }, () => ({
      inner: weights(WIDTH, 2 * WIDTH),
      outer: weights(2 * WIDTH, WIDTH),
    }));
    this.#toClass = weights(WIDTH, CLASSES);
    this.#norms = Array.from({ length: BLOCKS }, () => new NormLayer(framework, 'layerNorm', WIDTH));
    this.#last = new NormLayer(framework, 'layerNorm', WIDTH);
    this.#optimizer = tf.train.adam(options.learningRate);
  }

  /** One training step. @returns the loss before it. */
  step(samples: Samples): number {
    const { learningRate, warmUp } = this.#options;
    this.#steps += 1;
    const share = Math.min(1, this.#steps / Math.max(1, warmUp));
    // It has no setter, and reads this at each step.
    (this.#optimizer as unknown as { learningRate: number }).learningRate = learningRate * share;
    return this.#framework.tf.tidy(() => {
      const { value, grads } = this.#gradients(samples);
      this.#optimizer.applyGradients(grads as never);
      return value.dataSync()[0];
    });
  }

  /** The norm of the loss's gradient with respect to the last block's outer weights. */
  lastBlockGradient(samples: Samples): number {
    const { tf } = this.#framework;
    return tf.tidy(
      () => tf.norm(this.#gradients(samples).grads[this.#blocks.at(-1)!.outer.name]).dataSync()[0],
    );
  }

  dispose(): void {
    for (const variable of this.#weights) variable.dispose();
    for (const norm of [...this.#norms, this.#last]) norm.dispose();
    this.#optimizer.dispose();
  }

  get #weights(): TensorFlow.Variable[] {
    return [this.#fromInput, this.#toClass, ...this.#blocks.flatMap(({ inner, outer }) => [inner, outer])];
  }

  #gradients({ x, classes, count, features }: Samples) {
    const { tf } = this.#framework;
    const input = tf.tensor2d(x, [count, features]);
    const labels = tf.oneHot(tf.tensor1d(classes, 'int32'), CLASSES);
    // The last norm has no part in it where each block ends with one.
    const norms = this.#options.place === 'pre' ? [...this.#norms, this.#last] : this.#norms;
    return tf.variableGrads(
      () => tf.losses.softmaxCrossEntropy(labels, this.#logits(input)) as TensorFlow.Scalar,
      [...this.#weights, ...norms.flatMap((norm) => norm.variables)],
    );
  }

  #logits(x: TensorFlow.Tensor): TensorFlow.Tensor {
    let stream: TensorFlow.Tensor = x.matMul(this.#fromInput);
    this.#blocks.forEach(({ inner, outer }, i) => {
      const branch = (values: TensorFlow.Tensor) => values.matMul(inner).relu().matMul(outer);
      stream =
        this.#options.place === 'pre'
          ? stream.add(branch(this.#norms[i].apply(stream, true)))
          : this.#norms[i].apply(stream.add(branch(stream)), true);
    });
    return (this.#options.place === 'pre' ? this.#last.apply(stream, true) : stream).matMul(this.#toClass);
  }
}
