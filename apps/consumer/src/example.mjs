import { layerNorm, NormError, tensor } from '@normlayers/core';
import { convertWeights } from '@normlayers/core/weights';
import { createNorm } from '@normlayers/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';

const values = Float32Array.from({ length: 8 * 768 }, (_, i) => 1e4 + Math.sin(i));
const { y } = layerNorm({ x: tensor(values, [8, 768]) });
const { y: onTensors } = createNorm({ tf }).layerNorm({ x: tf.tensor(values, [8, 768]) });
const difference = Math.max(...(await onTensors.data()).map((value, i) => Math.abs(value - y.data[i])));
console.log(`core and tfjs/${tf.getBackend()} differ by ${difference.toExponential(1)} at most`);
if (!(difference < 1e-5)) throw new Error('the two do not agree');

// Both entries of core share one NormError.
try {
  convertWeights({ tensors: {} }, { from: 'keras', to: 'caffe' });
  throw new Error('an unknown convention was taken');
} catch (error) {
  if (!(error instanceof NormError)) throw error;
}
