import { Moments, tensor } from '@normlayers/core';
import type { Norm } from '@normlayers/tfjs';
import type * as TensorFlow from '@tensorflow/tfjs';

export type NormName = 'none' | 'batchNorm' | 'layerNorm' | 'groupNorm' | 'batchRenorm' | 'dynamicTanh';

type Tf = typeof TensorFlow;

/** TensorFlow.js and our normalizations on it: what the networks here are made of. */
export interface Framework {
  readonly tf: Tf;
  readonly norm: Norm;
}

/** How many groups Group Norm's features fall into. */
const GROUPS = 4;
/** Batch Renorm's limits of r and d, and the steps after which they begin and end to grow from 1 and 0 (Ioffe 2017, section 4.1). */
const RENORM = { r: 3, d: 5, from: 30, to: 90 };

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

/** A normalization between two layers, with its parameters and, for Batch Norm and Batch Renorm, running statistics. */
export class NormLayer {
  readonly #framework: Framework;
  readonly #name: NormName;
  readonly #momentum: number;
  readonly gamma: TensorFlow.Variable;
  readonly beta: TensorFlow.Variable;
  /** DyT's slope; 0.5 to begin with (Zhu et al. 2025, section 4). */
  readonly #alpha: TensorFlow.Variable;
  #runningMean: TensorFlow.Tensor;
  #runningVar: TensorFlow.Tensor;
  #steps = 0;
  #moments: Moments | null = null;

  /** @param momentum Keras's: what stays of the running statistics. */
  constructor(framework: Framework, name: NormName, features: number, momentum = 0.9) {
    const { tf } = framework;
    this.#framework = framework;
    this.#name = name;
    this.#momentum = momentum;
    this.gamma = tf.variable(tf.ones([features]));
    this.beta = tf.variable(tf.zeros([features]));
    this.#alpha = tf.variable(tf.scalar(0.5));
    this.#runningMean = tf.keep(tf.zeros([features]));
    this.#runningVar = tf.keep(tf.ones([features]));
  }

  /** x: [samples, features]. */
  apply(x: TensorFlow.Tensor, training: boolean): TensorFlow.Tensor {
    const { gamma, beta } = this;
    const { norm } = this.#framework;
    switch (this.#name) {
      case 'none':
        return x;
      case 'layerNorm':
        return norm.layerNorm({ x, gamma, beta }).y;
      case 'groupNorm':
        return norm.groupNorm({ x, gamma, beta, groups: GROUPS }).y;
      case 'dynamicTanh':
        return x.mul(this.#alpha).tanh().mul(gamma).add(beta);
      default:
        if (training) return this.#name === 'batchNorm' ? this.#trained(x) : this.#renormalized(x);
        return norm.batchNorm({ x, gamma, beta, mean: this.#runningMean, variance: this.#runningVar }).y;
    }
  }

  get variables(): TensorFlow.Variable[] {
    if (this.#name === 'none') return [];
    return [this.gamma, this.beta, ...(this.#name === 'dynamicTanh' ? [this.#alpha] : [])];
  }

  /** From here on training calls gather statistics of all their samples, and leave the running ones alone. */
  gather(): void {
    this.#moments = new Moments(this.gamma.size);
  }

  /** Ends gathering. What was gathered takes the place of the running statistics while `use` runs. */
  withGathered<T>(use: () => T): T {
    const { tf } = this.#framework;
    const { mean, variance } = this.#moments!.statistics();
    this.#moments = null;
    const running = [this.#runningMean, this.#runningVar];
    const gathered = [mean, variance].map(({ data }) => tf.keep(tf.tensor1d(data as Float32Array)));
    [this.#runningMean, this.#runningVar] = gathered;
    const result = use();
    [this.#runningMean, this.#runningVar] = running;
    for (const own of gathered) own.dispose();
    return result;
  }

  dispose(): void {
    for (const own of [this.gamma, this.beta, this.#alpha, this.#runningMean, this.#runningVar])
      own.dispose();
  }

  #trained(x: TensorFlow.Tensor): TensorFlow.Tensor {
    const { gamma, beta } = this;
    const { norm } = this.#framework;
    if (this.#moments !== null) {
      this.#moments.add({ x: tensor(x.dataSync<'float32'>(), x.shape), axis: -1 });
      return norm.batchNormTraining({ x, gamma, beta }).y;
    }
    const result = norm.batchNormTraining({ x, gamma, beta, ...this.#running });
    this.#keep(result.runningMean, result.runningVar);
    return result.y;
  }

  /** Drawn towards the running statistics by r and d, which the gradient takes as constants. */
  #renormalized(x: TensorFlow.Tensor): TensorFlow.Tensor {
    const { tf, norm } = this.#framework;
    const result = norm.batchNormTraining({ x, ...this.#running });
    this.#steps += 1;
    const share = Math.min(1, Math.max(0, (this.#steps - RENORM.from) / (RENORM.to - RENORM.from)));
    const [mostR, mostD] = [1 + (RENORM.r - 1) * share, RENORM.d * share];
    const [mean, invStd, runningMean, runningVar] = [
      result.mean,
      result.invStd,
      this.#runningMean,
      this.#runningVar,
    ].map((own) => own.dataSync());
    const clipped = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));
    const deviation = (i: number) => Math.sqrt(runningVar[i] + 1e-5);
    const r = Float32Array.from(invStd, (own, i) => clipped(1 / own / deviation(i), 1 / mostR, mostR));
    const d = Float32Array.from(mean, (own, i) =>
      clipped((own - runningMean[i]) / deviation(i), -mostD, mostD),
    );
    this.#keep(result.runningMean, result.runningVar);
    return result.y.mul(tf.tensor1d(r)).add(tf.tensor1d(d)).mul(this.gamma).add(this.beta);
  }

  get #running() {
    return {
      runningMean: this.#runningMean,
      runningVar: this.#runningVar,
      convention: 'keras',
      momentum: this.#momentum,
    } as const;
  }

  #keep(mean: TensorFlow.Tensor, variance: TensorFlow.Tensor): void {
    const { tf } = this.#framework;
    this.#runningMean.dispose();
    this.#runningVar.dispose();
    this.#runningMean = tf.keep(mean.clone());
    this.#runningVar = tf.keep(variance.clone());
  }
}
