import { inputOf, inputsOf, numberAttribute, numbersAttribute, type Vector } from './format';
import type { VectorCalls } from './index';

/** WebNN's web platform tests: inference only. Axes, and the shapes of scale and bias, keep the order given. */
export function webnnCalls(vector: Vector): VectorCalls {
  const { scale: gamma, bias: beta } = inputsOf(vector);
  const x = inputOf(vector, 'x');
  const common = { mode: 'inference', x, gamma, beta, epsilon: numberAttribute(vector, 'epsilon') } as const;
  const outputs = { y: 'y' } as const;
  switch (vector.op) {
    case 'BatchNormalization': {
      const mean = inputOf(vector, 'mean');
      const variance = inputOf(vector, 'variance');
      const axis = numberAttribute(vector, 'axis');
      return [{ call: { op: 'batchNorm', ...common, mean, variance, axis }, outputs }];
    }
    case 'LayerNormalization':
      return [{ call: { op: 'layerNorm', ...common, axes: numbersAttribute(vector, 'axes') }, outputs }];
    case 'InstanceNormalization': {
      const layout = vector.attributes.layout === 'nhwc' ? 'channels-last' : 'channels-first';
      return [{ call: { op: 'instanceNorm', ...common, layout }, outputs }];
    }
    default:
      return `WebNN operator ${vector.op} is none of the five operations`;
  }
}
