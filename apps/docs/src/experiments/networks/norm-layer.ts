import type { Norm } from '@normlayers/tfjs';
import type * as TensorFlow from '@tensorflow/tfjs';

export type NormName = 'none' | 'batchNorm' | 'layerNorm';

type Tf = typeof TensorFlow;

/** TensorFlow.js and our normalizations on it: what the networks here are made of. */
export interface Framework {
  readonly tf: Tf;
  readonly norm: Norm;
}

let framework: Promise<Framework> | undefined;

/** On the `cpu` backend: networks this small spend less time there than any device takes to be asked. */
export function openFramework(): Promise<Framework> {
  framework ??= (async () => {
    const [tf, { createNorm }] = await Promise.all([import('@tensorflow/tfjs'), import('@normlayers/tfjs')]);
    await tf.setBackend('cpu');
    await tf.ready();
    return { tf, norm: createNorm(tf) };
  })();
  return framework;
}

/** A normalization between two layers, with its parameters and, for Batch Norm, running statistics. */
export class NormLayer {
  readonly #framework: Framework;
  readonly #name: NormName;
  readonly gamma: TensorFlow.Variable;
  readonly beta: TensorFlow.Variable;
  #runningMean: TensorFlow.Tensor;
  #runningVar: TensorFlow.Tensor;

  constructor(framework: Framework, name: NormName, features: number) {
    const { tf } = framework;
    this.#framework = framework;
    this.#name = name;
    this.gamma = tf.variable(tf.ones([features]));
    this.beta = tf.variable(tf.zeros([features]));
    this.#runningMean = tf.keep(tf.zeros([features]));
    this.#runningVar = tf.keep(tf.ones([features]));
  }

  /** x: [samples, features]. */
  apply(x: TensorFlow.Tensor, training: boolean): TensorFlow.Tensor {
    const { gamma, beta } = this;
    const { norm } = this.#framework;
    if (this.#name === 'none') return x;
    if (this.#name === 'layerNorm') return norm.layerNorm({ x, gamma, beta }).y;
    if (!training) {
      return norm.batchNorm({ x, gamma, beta, mean: this.#runningMean, variance: this.#runningVar }).y;
    }
    const result = norm.batchNormTraining({
      x,
      gamma,
      beta,
      runningMean: this.#runningMean,
      runningVar: this.#runningVar,
      convention: 'keras',
      momentum: 0.9,
    });
    this.#keep(result.runningMean!, result.runningVar!);
    return result.y;
  }

  get variables(): TensorFlow.Variable[] {
    return this.#name === 'none' ? [] : [this.gamma, this.beta];
  }

  dispose(): void {
    for (const tensor of [this.gamma, this.beta, this.#runningMean, this.#runningVar]) tensor.dispose();
  }

  #keep(mean: TensorFlow.Tensor, variance: TensorFlow.Tensor): void {
    const { tf } = this.#framework;
    this.#runningMean.dispose();
    this.#runningVar.dispose();
    this.#runningMean = tf.keep(mean.clone());
    this.#runningVar = tf.keep(variance.clone());
  }
}
