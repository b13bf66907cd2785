import {
  ADDITIONS,
  allocate,
  defineAdapter,
  mapTensors,
  type NormAdapter,
  type NormCall,
  NormError,
  type NormResult,
  type Support,
  sizeOf,
  type Tensor,
  type TensorData,
  tensorsOf,
} from '@normlayers/core/adapter';
import { createNorm, type GpuNormOptions } from './norm';
import { limitsOf } from './passes/limits';
import { bytesOf, COPY_DST, COPY_SRC, checkStorable, type GpuTensor, STORAGE } from './runner/gpu-tensor';

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

  function upload({ dtype, shape, data }: Tensor): GpuTensor {
    const tensor = {
      dtype,
      shape,
      buffer: device.createBuffer({
        size: Math.max(4, bytesOf({ dtype, shape })),
        usage: STORAGE | COPY_DST | COPY_SRC,
        mappedAtCreation: true,
      }),
    };
    new Uint8Array(tensor.buffer.getMappedRange()).set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
    tensor.buffer.unmap();
    return tensor;
  }

  return defineAdapter({
    name: 'webgpu',
    kind: 'ours',
    limits: { denormals: 'flushed' },
    takes: ADDITIONS,
    supports,
    async prepare(call) {
      const inputs: GPUBuffer[] = [];
      const uploaded = mapTensors(call, (tensor) => {
        const there = upload(tensor);
        inputs.push(there.buffer);
        return there;
      });
      await norm.ready(call);
      let results: NormResult<GpuTensor> = {};
      return {
        async run() {
          // Results are allocated once, and written again by later runs.
          results = norm.run(uploaded, results);
          await norm.settled();
        },
        read: () => read(device, results),
        dispose() {
          for (const buffer of inputs) buffer.destroy();
          for (const { buffer } of Object.values(results)) buffer.destroy();
        },
      };
    },
    dispose: () => norm.dispose(),
  });
}

/** The results as arrays, copied through one buffer that can be mapped. */
async function read(device: GPUDevice, results: NormResult<GpuTensor>): Promise<NormResult> {
  const entries = Object.entries(results) as [string, GpuTensor][];
  const sizes = entries.map(([, tensor]) => bytesOf(tensor));
  const staging = device.createBuffer({
    size: Math.max(
      4,
      sizes.reduce((a, b) => a + b, 0),
    ),
    usage: COPY_DST | MAP_READ,
  });
  try {
    const encoder = device.createCommandEncoder();
    let offset = 0;
    for (const [i, [, { buffer }]] of entries.entries()) {
      encoder.copyBufferToBuffer(buffer, 0, staging, offset, sizes[i]!);
      offset += sizes[i]!;
    }
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(MAP_MODE_READ);
    const bytes = new Uint8Array(staging.getMappedRange());
    offset = 0;
    return Object.fromEntries(
      entries.map(([name, { dtype, shape }], i) => {
        const data: TensorData = allocate(dtype, sizeOf(shape));
        const target = new Uint8Array(data.buffer);
        target.set(bytes.subarray(offset, offset + target.length));
        offset += sizes[i]!;
        return [name, { dtype, shape, data }];
      }),
    ) as NormResult;
  } finally {
    staging.destroy();
  }
}

/** GPUBufferUsage.MAP_READ and GPUMapMode.READ. */
const MAP_READ = 1;
const MAP_MODE_READ = 1;
