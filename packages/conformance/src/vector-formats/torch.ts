import { type NormCall, trailingAxes } from '@normlayers/core';
import { inputOf, inputsOf, numberAttribute, numbersAttribute, type Vector } from './format';
import type { VectorCall, VectorCalls } from './index';

/** Results of PyTorch in float64: each vector gives its forward pass and its gradients. */
export function torchCalls(vector: Vector): VectorCalls {
  const { op, attributes } = vector;
  const epsilon = numberAttribute(vector, 'epsilon');
  switch (op) {
    case 'BatchNormalization':
      return hasStatistics(vector)
        ? withGivenStatistics(vector)
        : withOwnStatistics(vector, { op: 'batchNorm', epsilon });
    case 'InstanceNormalization':
      // Instance Norm with running statistics in eval is Batch Norm with given ones.
      return hasStatistics(vector)
        ? withGivenStatistics(vector)
        : withOwnStatistics(vector, { op: 'instanceNorm', epsilon });
    case 'GroupNormalization':
      return withOwnStatistics(vector, { op: 'groupNorm', epsilon, groups: attributes.numGroups });
    case 'LayerNormalization':
      return withOwnStatistics(vector, { op: 'layerNorm', epsilon, axes: axesOf(vector) });
    case 'RMSNormalization':
      return withOwnStatistics(vector, { op: 'rmsNorm', epsilon, axes: axesOf(vector) });
    default:
      return `PyTorch module ${op} is none of the five operations`;
  }
}

/** Eval uses running statistics where they are tracked, and the batch's own where they are not. */
function hasStatistics({ attributes }: Vector): boolean {
  return attributes.mode === 'eval' && attributes.trackRunningStats !== false;
}

function axesOf(vector: Vector): number[] {
  return trailingAxes(inputOf(vector, 'x').shape, numbersAttribute(vector, 'normalizedShape'));
}

const GRADIENTS = { dx: 'dx', dgamma: 'dgamma', dbeta: 'dbeta' } as const;

function withGivenStatistics(vector: Vector): VectorCall[] {
  const { x, gamma, beta, dy, runningMean: mean, runningVar: variance } = inputsOf(vector);
  const epsilon = numberAttribute(vector, 'epsilon');
  const common = { op: 'batchNorm', x, gamma, mean, variance, epsilon } as const;
  return [
    { part: 'inference', call: { ...common, mode: 'inference', beta }, outputs: { y: 'y' } },
    ...(dy === undefined
      ? []
      : [{ part: 'backward', call: { ...common, mode: 'backward', dy } as NormCall, outputs: GRADIENTS }]),
  ];
}

function withOwnStatistics(vector: Vector, attributes: Readonly<Record<string, unknown>>): VectorCall[] {
  const { x, gamma, beta, dy } = inputsOf(vector);
  const rms = attributes.op === 'rmsNorm';
  const forward = { ...attributes, x, gamma, ...(rms ? {} : { beta }) };
  const calls: VectorCall[] = [
    {
      part: 'training',
      call: { ...forward, mode: 'training', ...running(vector) } as unknown as NormCall,
      outputs: {
        y: 'y',
        mean: 'mean',
        invStd: 'invStd',
        invRms: 'invRms',
        runningMean: 'runningMean',
        runningVar: 'runningVar',
      },
    },
  ];
  if (attributes.op !== 'batchNorm') {
    const call = { ...forward, mode: 'inference' } as unknown as NormCall;
    calls.unshift({ part: 'inference', call, outputs: { y: 'y' } });
  }
  if (dy !== undefined) {
    const call = { ...attributes, mode: 'backward', x, gamma, dy } as unknown as NormCall;
    calls.push({ part: 'backward', call, outputs: GRADIENTS });
  }
  return calls;
}

/** momentum null is the cumulative average. */
function running(vector: Vector): object {
  const { runningMean, runningVar } = inputsOf(vector);
  if (runningMean === undefined) return {};
  const { momentum, numBatchesTracked } = vector.attributes;
  return {
    runningMean,
    runningVar,
    convention: 'pytorch',
    momentum,
    ...(momentum === null ? { numBatchesTracked } : {}),
  };
}
