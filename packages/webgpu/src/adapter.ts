import {
  ADDITIONS,
  defineAdapter,
  mapTensors,
  type NormAdapter,
  type NormCall,
  NormError,
  type NormResult,
  type Support,
  tensorsOf,
} from '@normlayers/core/adapter';
import { createNorm, type GpuNormOptions } from './norm';
import { limitsOf } from './passes/limits';
import { checkStorable, type GpuTensor } from './runner/gpu-tensor';
import { downloadResults, uploadTensor } from './runner/transfer';

/**
 * The kernels behind the adapter contract, for the suite and the benchmark: arrays in, arrays out. Named
 * `webgpu`. float32, and float16 where the device was made with the feature `shader-f16`. Disposing it leaves
 * the device alone.
 */
export function webgpuAdapter(options: GpuNormOptions): NormAdapter {
  const { device, limits = limitsOf(options.device) } = options;
  const norm = createNorm({ device, limits });

  function supports(call: NormCall): Support {
    try {
      for (const [name, tensor] of Object.entries(tensorsOf(call))) {
        if (tensor !== undefined) checkStorable(name, tensor, limits);
      }
    } catch (error) {
      if (!(error instanceof NormError)) throw error;
      return {
        supported: false,
        reason: error.message.replace(/\.$/, ''),
        code: 'dtype' in error.values ? 'dtype' : 'size',
        values: error.values,
      };
    }
    return { supported: true, via: 'fused' };
  }

  function upload(call: NormCall): { uploaded: NormCall<GpuTensor>; free(): void } {
    const inputs: GPUBuffer[] = [];
    const uploaded = mapTensors(call, (tensor) => {
      const there = uploadTensor(device, tensor);
      inputs.push(there.buffer);
      return there;
    });
    const free = () => {
      for (const buffer of inputs) buffer.destroy();
    };
    return { uploaded, free };
  }

  return defineAdapter({
    name: 'webgpu',
    kind: 'ours',
    limits: { denormals: 'flushed' },
    takes: ADDITIONS,
    supports,
    // Reading waits for the device by itself, and hears of refusals meanwhile: one round trip of a browser's to its GPU.
    async run(call) {
      await norm.ready(call);
      const { uploaded, free } = upload(call);
      let results: NormResult<GpuTensor> = {};
      try {
        const submitted = norm.submit(uploaded);
        results = submitted.results;
        const [arrays] = await Promise.all([downloadResults(device, results), submitted.accepted()]);
        return arrays;
      } finally {
        free();
        for (const { buffer } of Object.values(results)) buffer.destroy();
      }
    },
    async prepare(call) {
      await norm.ready(call);
      const { uploaded, free } = upload(call);
      let results: NormResult<GpuTensor> = {};
      return {
        async run() {
          // Results are allocated once, and written again by later runs.
          results = norm.run(uploaded, results);
          await norm.settled();
        },
        read: () => downloadResults(device, results),
        dispose() {
          free();
          for (const { buffer } of Object.values(results)) buffer.destroy();
        },
      };
    },
    dispose: () => norm.dispose(),
  });
}
