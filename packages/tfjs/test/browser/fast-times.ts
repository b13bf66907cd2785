import type * as tfjs from '@tensorflow/tfjs';
import type { FastNormalization } from '../../src/index';

/** One thing that people ask of TensorFlow.js, in milliseconds, with fast normalization off and on. */
export interface FastTime {
  readonly what: string;
  readonly off: number;
  readonly on: number;
}

type TfTensor = tfjs.Tensor;

/**
 * Medians of `rounds`, off and on taking turns; warm, and done when the result can be read.
 *
 * @param fast turns fast normalization on.
 * @param text only what has this in its name.
 */
export async function fastTimes(
  tf: typeof tfjs,
  rounds: number,
  fast: () => Promise<FastNormalization>,
  text = '',
): Promise<FastTime[]> {
  const times: FastTime[] = [];
  for (const [what, make] of Object.entries(questionsOf(tf))) {
    if (!what.includes(text)) continue;
    const ask = make();
    const taken: Record<'off' | 'on', number[]> = { off: [], on: [] };
    for (let round = -2; round < rounds; round++) {
      for (const side of ['off', 'on'] as const) {
        const active = side === 'on' ? await fast() : undefined;
        const result = tf.tidy(ask);
        const last = tf.tidy(() => tf.sum(result));
        await last.data();
        const start = performance.now();
        const y = tf.tidy(() => tf.slice(tf.reshape(ask(), [-1]), 0, 1));
        await y.data();
        const time = performance.now() - start;
        tf.dispose([result, last, y]);
        active?.undo();
        if (round >= 0) taken[side].push(time);
      }
    }
    times.push({ what, off: median(taken.off), on: median(taken.on) });
  }
  return times;
}

/** What is timed, by the name of the operation in the table and the shape. */
export function questionsOf(tf: typeof tfjs): Record<string, () => () => TfTensor> {
  const normal = (shape: number[]) => tf.randomNormal(shape, 0, 1, 'float32', 1) as TfTensor;
  const layer = (
    kind: 'batchNormalization' | 'layerNormalization',
    shape: number[],
    config: object,
    kwargs: { training?: boolean } = {},
  ) => {
    const x = tf.add(normal(shape), 0) as TfTensor;
    const layer = tf.layers[kind](config as never);
    layer.apply(x);
    return () => layer.apply(x, kwargs as never) as TfTensor;
  };
  const gradients = (ask: (x: TfTensor) => TfTensor, shape: number[]) => {
    const x = tf.add(normal(shape), 0) as TfTensor;
    const dy = normal(shape);
    return () => tf.grad(ask)(x, dy) as TfTensor;
  };
  const graphs = (shape: number[]) => () => {
    const x = tf.add(normal(shape), 0) as tfjs.Tensor4D;
    const parameter = tf.ones([shape.at(-1) as number]) as tfjs.Tensor1D;
    return () => tf.batchNorm(x, parameter, parameter, parameter, parameter);
  };
  const trained =
    (kind: 'batchNormalization' | 'layerNormalization', shape: number[], config = {}) =>
    () => {
      const one = tf.layers[kind](config as never);
      one.apply(normal(shape));
      return gradients((x) => one.apply(x, { training: true } as never) as TfTensor, shape);
    };
  return {
    'tf.batchNorm [8,56,56,64]': graphs([8, 56, 56, 64]),
    'tf.batchNorm [1,112,112,32]': graphs([1, 112, 112, 32]),
    'tf.batchNorm [1,7,7,320]': graphs([1, 7, 7, 320]),
    'batchNormalization inference, channels-first [8,64,56,56]': () =>
      layer('batchNormalization', [8, 64, 56, 56], { axis: 1 }),
    'batchNormalization inference [8,56,56,64]': () => layer('batchNormalization', [8, 56, 56, 64], {}),
    'batchNormalization training [8,28,28,64]': () =>
      layer('batchNormalization', [8, 28, 28, 64], {}, { training: true }),
    'batchNormalization training [64,256]': () =>
      layer('batchNormalization', [64, 256], {}, { training: true }),
    'batchNormalization training with gradient [8,28,28,64]': trained('batchNormalization', [8, 28, 28, 64]),
    'layerNormalization [1024,768]': () => layer('layerNormalization', [1024, 768], {}),
    'layerNormalization [16,64]': () => layer('layerNormalization', [16, 64], {}),
    'layerNormalization [1,197,192]': () => layer('layerNormalization', [1, 197, 192], {}),
    'layerNormalization with gradient [256,192]': trained('layerNormalization', [256, 192]),
  };
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
