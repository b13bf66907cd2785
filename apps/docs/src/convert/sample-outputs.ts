import { batchNorm, type Convention, type Tensor, tensor } from '@normlayers/core';
import { widened } from '@normlayers/core/adapter';
import { PARAMETER_NAMES } from '@normlayers/core/weights';

/** One channel's sample before and after a conversion. */
export interface SampleOutput {
  readonly channel: number;
  readonly x: number;
  readonly before: number;
  readonly after: number;
}

interface Weights {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly epsilon: number;
}

/**
 * The inference of one sample, mean + std, + 0.5 std, - std and so on by channel, with the weights of both frameworks.
 *
 * @param most how many channels at the most.
 */
export function sampleOutputs(
  from: Weights & { readonly convention: Convention },
  to: Weights & { readonly convention: Convention },
  most = 8,
): SampleOutput[] {
  const names = PARAMETER_NAMES[from.convention];
  const mean = widened(from.tensors[names.mean].data);
  const variance = widened(from.tensors[names.variance].data);
  const steps = [1, 0.5, -1, 2, -0.5, -2];
  const x = tensor(
    Float64Array.from(mean, (value, i) => value + steps[i % steps.length] * Math.sqrt(variance[i])),
    [1, mean.length],
  );
  const [before, after] = [inference(x, from), inference(x, to)];
  return Array.from({ length: Math.min(most, mean.length) }, (_, channel) => ({
    channel,
    x: x.data[channel],
    before: before[channel],
    after: after[channel],
  }));
}

function inference(x: Tensor, { tensors, epsilon, convention }: Weights & { convention: Convention }) {
  const names = PARAMETER_NAMES[convention];
  const wide = (name: string) => tensor(widened(tensors[name].data));
  return batchNorm({
    x,
    epsilon,
    mean: wide(names.mean),
    variance: wide(names.variance),
    ...(tensors[names.gamma] ? { gamma: wide(names.gamma) } : {}),
    ...(tensors[names.beta] ? { beta: wide(names.beta) } : {}),
  }).y.data;
}
