import type { NormCall, Tensor } from '@normlayers/core';
import { inputsOf, numberAttribute, numbersAttribute, type Vector } from './format';
import type { VectorCall, VectorCalls } from './index';

/**
 * ONNX's backend node tests. One vector gives one call, but Layer Norm, whose Mean and InvStdDev only a training call
 * returns: it gives an inference too.
 */
export function onnxCalls(vector: Vector): VectorCalls {
  const inputs = inputsOf(vector);
  switch (vector.op) {
    case 'BatchNormalization':
      return [batchNorm(vector, inputs)];
    case 'LayerNormalization':
      return layerNorm(vector, inputs);
    case 'RMSNormalization':
      return [
        {
          call: {
            op: 'rmsNorm',
            mode: 'inference',
            x: inputs.X,
            gamma: inputs.W,
            ...fromAxis(vector, inputs.X),
          },
          outputs: { y: 'Y' },
        },
      ];
    case 'InstanceNormalization':
      return [
        {
          call: {
            op: 'instanceNorm',
            mode: 'inference',
            x: inputs.x,
            gamma: inputs.s,
            beta: inputs.bias,
            epsilon: numberAttribute(vector, 'epsilon'),
          },
          outputs: { y: 'y' },
        },
      ];
    case 'GroupNormalization':
      return [
        {
          call: {
            op: 'groupNorm',
            mode: 'inference',
            x: inputs.x,
            gamma: inputs.scale,
            beta: inputs.bias,
            groups: numberAttribute(vector, 'num_groups'),
            epsilon: numberAttribute(vector, 'epsilon'),
          },
          outputs: { y: 'y' },
        },
      ];
    case 'MeanVarianceNormalization':
      return [
        {
          call: {
            op: 'layerNorm',
            mode: 'inference',
            x: inputs.X,
            axes: numbersAttribute(vector, 'axes'),
            // Its function body divides by sqrt(variance) + 1e-9: at variance 0 that is this epsilon under the root,
            // and from a standard deviation of 0.02 on the two differ by less than a float32's roundoff.
            epsilon: 1e-18,
          },
          outputs: { y: 'Y' },
        },
      ];
    case 'LpNormalization':
      return 'LpNormalization divides by a p-norm; it takes no moments and is none of the five operations';
    default:
      return `ONNX operator ${vector.op} is none of the five operations`;
  }
}

function batchNorm(vector: Vector, inputs: Readonly<Record<string, Tensor>>): VectorCall {
  const { x, s, bias, mean, var: variance } = inputs;
  const common = {
    op: 'batchNorm',
    x,
    gamma: s,
    beta: bias,
    epsilon: numberAttribute(vector, 'epsilon'),
  } as const;
  if (vector.attributes.training_mode !== 1) {
    return { call: { ...common, mode: 'inference', mean, variance } as NormCall, outputs: { y: 'y' } };
  }
  return {
    call: {
      ...common,
      mode: 'training',
      runningMean: mean,
      runningVar: variance,
      convention: 'onnx',
      momentum: numberAttribute(vector, 'momentum'),
    },
    outputs: { y: 'y', runningMean: 'output_mean', runningVar: 'output_var' },
  };
}

function layerNorm(vector: Vector, { X, W, B }: Readonly<Record<string, Tensor>>): VectorCall[] {
  const common = { op: 'layerNorm', x: X, gamma: W, beta: B, ...fromAxis(vector, X) } as const;
  return [
    { part: 'inference', call: { ...common, mode: 'inference' }, outputs: { y: 'Y' } },
    {
      part: 'training',
      call: { ...common, mode: 'training' },
      outputs: { y: 'Y', mean: 'Mean', invStd: 'InvStdDev' },
    },
  ];
}

/** ONNX normalizes from `axis` to the last one. */
function fromAxis(vector: Vector, { shape }: Tensor): { axes: number[]; epsilon: number } {
  const axis = numberAttribute(vector, 'axis');
  const first = axis < 0 ? axis + shape.length : axis;
  return {
    axes: shape.map((_, i) => i).filter((i) => i >= first),
    epsilon: numberAttribute(vector, 'epsilon'),
  };
}
