import { NormError } from '@normlayers/core/adapter';

/** What to do where a device is gone, with everything on it. */
export function contextLost(backend: string, device: string): NormError {
  return new NormError(
    'backend',
    `TensorFlow.js's ${device} is lost, and all tensors on it: a browser takes it back when the GPU is reset or too many pages want it. ` +
      `Start anew: const start = tf.findBackendFactory('${backend}'); tf.removeBackend('${backend}'); ` +
      `tf.registerBackend('${backend}', start); await tf.setBackend('${backend}'); then make your tensors again.`,
  );
}
