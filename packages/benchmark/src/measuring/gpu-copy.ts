import { digitsOf } from '@normlayers/conformance';
import type { Tensor } from '@normlayers/core';
import type { Contender } from './contender';
import type { GpuProbe } from './gpu-probe';

/** Reads each 16 bytes once and writes them once. */
const COPY = `
@group(0) @binding(0) var<storage, read> x : array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> y : array<vec4<u32>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id : vec3<u32>, @builtin(num_workgroups) workgroups : vec3<u32>) {
  let i = id.x + id.y * workgroups.x * 64u;
  if (i < arrayLength(&x)) { y[i] = x[i]; }
}
`;
const WORKGROUP = 64;

/** Bits of GPUBufferUsage and GPUMapMode (WebGPU specification, sections 5.1.3 and 5.2). */
const MAP_READ = 1;
const COPY_SRC = 4;
const COPY_DST = 8;
const STORAGE = 128;

/**
 * Copies x on a GPU, by a compute shader on a device of its own: the least that a kernel on the same GPU can take.
 *
 * @returns null where this thread has no WebGPU, or x does not fit a buffer of it.
 * @throws Error where what is copied is not x.
 */
export async function gpuCopy({ dtype, data }: Tensor, gpu: GpuProbe): Promise<Contender | null> {
  const adapter = await globalThis.navigator?.gpu?.requestAdapter();
  const size = Math.ceil(data.byteLength / 16) * 16;
  if (!adapter) return null;
  const { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension } = adapter.limits;
  if (size === 0 || size > Math.min(maxBufferSize, maxStorageBufferBindingSize)) return null;
  const device = await adapter.requestDevice({
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
  });
  try {
    const [x, y] = [0, 1].map(() => device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST })) as [
      GPUBuffer,
      GPUBuffer,
    ];
    const bytes = new Uint8Array(size);
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    device.queue.writeBuffer(x, 0, bytes);
    const pipeline = device.createComputePipeline({
      layout: 'auto',
      compute: { module: device.createShaderModule({ code: COPY }) },
    });
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [x, y].map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    const workgroups = Math.ceil(size / 16 / WORKGROUP);
    const across = Math.min(workgroups, maxComputeWorkgroupsPerDimension, 65535);
    const submit = () => {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(across, Math.ceil(workgroups / across));
      pass.end();
      device.queue.submit([encoder.finish()]);
    };
    submit();
    if (!(await isCopied(device, y, bytes))) throw new Error('the GPU did not copy x');
    return {
      name: 'gpu-copy',
      kind: null,
      answer: { grade: 'accurate', digits: digitsOf(dtype) },
      passes: 1,
      async once() {
        submit();
        await gpu.settled();
      },
      dispose: async () => device.destroy(),
    };
  } catch (error) {
    device.destroy();
    throw error;
  }
}

async function isCopied(device: GPUDevice, y: GPUBuffer, expected: Uint8Array): Promise<boolean> {
  const staging = device.createBuffer({ size: y.size, usage: COPY_DST | MAP_READ });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(y, 0, staging, 0, y.size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(MAP_READ);
  const there = new Uint8Array(staging.getMappedRange());
  const same = there.every((byte, i) => byte === expected[i]);
  staging.destroy();
  return same;
}
