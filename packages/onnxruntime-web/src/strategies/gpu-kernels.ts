import { mapTensors, type NormResult } from '@normlayers/core/adapter';
import type * as webgpu from '@normlayers/webgpu';
import type { OnnxRuntime } from '../runtime/framework';
import type { OrtDevice } from '../runtime/gpu-device';
import { fromGpu, onGpu } from '../runtime/gpu-tensors';
import { fromOrt, toOrt } from '../runtime/tensors';
import { mapResults } from './results';
import type { Compute, Computer, OrtCall } from './strategy';

/**
 * The calls by the WGSL kernels of `@normlayers/webgpu` on ONNX Runtime's own device, in the order of its queue: a run of a
 * session has submitted its work when its promise is fulfilled, and so has a call of ours. No session is run, so that
 * nothing waits in line.
 */
export class GpuKernels implements Computer {
  readonly #ort: OnnxRuntime;
  readonly #device: OrtDevice;
  #norm: webgpu.GpuNorm | null = null;

  constructor(ort: OnnxRuntime, device: OrtDevice) {
    this.#ort = ort;
    this.#device = device;
  }

  async prepare({ call, described }: OrtCall): Promise<Compute> {
    const opened = await this.#device.open();
    const { kernels, device } = opened;
    this.#norm ??= kernels.createNorm({ device });
    const norm = this.#norm;
    await norm.ready(described);
    return async () => {
      const copies: GPUBuffer[] = [];
      let submitted: webgpu.Submitted;
      try {
        const given = mapTensors(call, (tensor) => {
          if (tensor.location === 'gpu-buffer') return onGpu(tensor);
          const copy = kernels.uploadTensor(device, fromOrt(tensor));
          copies.push(copy.buffer);
          return copy;
        });
        submitted = norm.submit(given);
      } finally {
        // A buffer that is destroyed stays until what has been submitted is done with it.
        for (const copy of copies) copy.destroy();
      }
      const { results } = submitted;
      let kept = false;
      try {
        if (call.x.location !== 'gpu-buffer') {
          const [arrays] = await Promise.all([
            kernels.downloadResults(device, results),
            submitted.accepted(),
          ]);
          return mapResults(arrays, (tensor) => toOrt(this.#ort, tensor));
        }
        await submitted.accepted();
        kept = true;
        return mapResults(results, (tensor) => fromGpu(this.#ort, opened, tensor));
      } finally {
        if (!kept) destroy(results);
      }
    };
  }

  async dispose(): Promise<void> {
    this.#norm?.dispose();
    this.#norm = null;
  }
}

function destroy(results: NormResult<webgpu.GpuTensor>): void {
  for (const { buffer } of Object.values(results)) buffer.destroy();
}
