import type { NormCall, NormResult, Tensor } from '@normlayers/core';
import { compute, sizeOf } from '@normlayers/core/adapter';
import type { VectorCall, VectorCalls } from './format';
import { inputOf, inputsOf, numberAttribute, numbersAttribute, type Vector, zerosLike } from './format';

/** tfjs's own tests: channels last, parameters broadcast from the right. */
export function tfjsCalls(vector: Vector): VectorCalls {
  const epsilon = numberAttribute(vector, 'epsilon');
  switch (vector.op) {
    case 'LayerNormalization':
      return [
        {
          call: {
            op: 'layerNorm',
            mode: 'inference',
            x: inputOf(vector, 'x'),
            axes: numbersAttribute(vector, 'axes'),
            epsilon,
          },
          outputs: { y: 'y' },
        },
      ];
    case 'BatchNormalization':
      if (vector.attributes.mode === 'eval') return [givenStatistics(vector, epsilon)];
      return 'steps' in vector.attributes ? steps(vector, epsilon) : [ownStatistics(vector, epsilon)];
    default:
      return `tfjs operation ${vector.op} is none of the five operations`;
  }
}

/** Inference, or the gradient where dy is given: mean and variance are inputs of their own. */
function givenStatistics(vector: Vector, epsilon: number): VectorCall {
  const inputs = inputsOf(vector);
  const { axis, ...arranged } =
    typeof vector.attributes.axis === 'number'
      ? { ...inputs, axis: vector.attributes.axis }
      : { ...perChannel(inputs, inputOf(vector, 'mean').shape), axis: -1 };
  const { x, mean, variance, scale: gamma, offset: beta, dy } = arranged as Readonly<Record<string, Tensor>>;
  const common = { op: 'batchNorm', x, mean, variance, gamma, epsilon, axis };
  if (dy === undefined) {
    return { call: { ...common, mode: 'inference', beta } as NormCall, outputs: { y: 'y' } };
  }
  return {
    call: { ...common, mode: 'backward', dy } as NormCall,
    outputs: { dx: 'dx', dgamma: 'dscale', dbeta: 'doffset', dmean: 'dmean', dvariance: 'dvariance' },
  };
}

/**
 * Statistics over the leading `axes`. tfjs returns the variance, which a training call does not: it is what Keras's
 * rule with momentum 0 leaves as the running variance.
 */
function ownStatistics(vector: Vector, epsilon: number): VectorCall {
  const inputs = inputsOf(vector);
  const { shape } = inputOf(vector, 'x');
  const leading = numbersAttribute(vector, 'axes').length;
  const { x, scale: gamma, offset: beta } = perChannel(inputs, shape.slice(leading));
  const running = zerosLike({ ...x, shape: [x.shape[1]] });
  return {
    call: {
      op: 'batchNorm',
      mode: 'training',
      x,
      gamma,
      beta,
      epsilon,
      axis: -1,
      runningMean: running,
      runningVar: running,
      convention: 'keras',
      momentum: 0,
    },
    outputs: { y: 'y', mean: 'mean', runningMean: 'mean', runningVar: 'variance' },
  };
}

/** The same batch several times over; each step starts from the reference's statistics after the step before. */
function steps(vector: Vector, epsilon: number): VectorCall[] {
  const inputs = inputsOf(vector);
  const { shape } = inputOf(vector, 'x');
  const { x } = perChannel(inputs, shape.slice(numbersAttribute(vector, 'axes').length));
  const count = numberAttribute(vector, 'steps');
  const calls: VectorCall[] = [];
  let { runningMean, runningVar } = inputs;
  for (let step = 1; step <= count; step++) {
    const call: NormCall = {
      op: 'batchNorm',
      mode: 'training',
      x,
      epsilon,
      axis: -1,
      runningMean,
      runningVar,
      convention: 'keras',
      momentum: numberAttribute(vector, 'momentum'),
    };
    const outputs = step === count ? { runningMean: 'runningMean', runningVar: 'runningVar' } : {};
    calls.push({ part: `step ${step} of ${count}`, call, outputs });
    const after: NormResult = compute(call);
    runningMean = after.runningMean as Tensor;
    runningVar = after.runningVar as Tensor;
  }
  return calls;
}

/** x as [everything else, parameters], each parameter a channel, whatever dimensions the parameters have. */
function perChannel(
  inputs: Readonly<Record<string, Tensor>>,
  parameterShape: readonly number[],
): Readonly<Record<string, Tensor>> {
  const channels = sizeOf(parameterShape);
  return Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => {
      const outer = sizeOf(tensor.shape) / channels;
      const shape = name === 'x' || name === 'dy' ? [outer, channels] : [channels];
      return [name, { ...tensor, shape }];
    }),
  );
}
