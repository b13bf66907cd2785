import {
  type BackendCall,
  type CallPlan,
  defineAdapter,
  inOwnOrder,
  inViewOrder,
  LATER_ARGUMENTS,
  type NormAdapter,
  type NormCall,
  type NormResult,
  type PreparedNorm,
  sizeOf,
  type Tensor,
  type TensorData,
  tensorsOf,
} from '@normlayers/core/adapter';
import { ArrayRunner } from './array-runner';
import { createDevices, type Devices } from './devices';
import { type Device, elementBytes } from './memory/device';
import { NormTask } from './norm-task';
import type { WasmOptions } from './options';

/**
 * The kernels on one thread behind the adapter contract.
 *
 * @throws NormError `backend` where WebAssembly SIMD is missing.
 *
 * @example
 * ```ts
 * import { tensor } from '@normlayers/core';
 * import { wasmAdapter } from '@normlayers/wasm';
 *
 * const adapter = await wasmAdapter();
 * const { y } = await adapter.run({ op: 'rmsNorm', mode: 'inference', x: tensor([3, 3], [1, 2]), epsilon: 0 });
 * assert.deepEqual([...y.data], [1, 1]);
 * await adapter.dispose();
 * ```
 */
export async function wasmAdapter(options: Omit<WasmOptions, 'threads'> = {}): Promise<NormAdapter> {
  return adapterOf('wasm', await createDevices(options, 'wasmAdapter'));
}

/**
 * The kernels on several threads behind the adapter contract: by default as many as the machine has, 8 at
 * most. Small work stays on one, as do arrays that must be copied in and out, which takes longer than
 * computing.
 *
 * @throws NormError `backend` where there is no WebAssembly SIMD, or no shared memory (see
 *   `threadsUnavailable`).
 *
 * @example
 * ```ts
 * import { tensor } from '@normlayers/core';
 * import { wasmThreadsAdapter } from '@normlayers/wasm';
 *
 * const adapter = await wasmThreadsAdapter({ threads: 2 });
 * const { y } = await adapter.run({ op: 'rmsNorm', mode: 'inference', x: tensor([3, 3], [1, 2]), epsilon: 0 });
 * assert.deepEqual([...y.data], [1, 1]);
 * await adapter.dispose();
 * ```
 */
export async function wasmThreadsAdapter(options: WasmOptions = {}): Promise<NormAdapter> {
  const cores = globalThis.navigator?.hardwareConcurrency ?? 2;
  const threads = Math.max(2, Math.min(cores, 8));
  return adapterOf('wasm-threads', await createDevices(options, 'wasmThreadsAdapter', threads));
}

function adapterOf(name: string, devices: Devices): NormAdapter {
  const arrays = new ArrayRunner(devices.arrays);
  return defineAdapter({
    name,
    kind: 'ours',
    takes: LATER_ARGUMENTS,
    supports: () => ({ supported: true, via: 'fused' }),
    prepare: (call, plan) =>
      tensorsOf(call).mask === undefined
        ? prepareOn(devices.resident, call, plan)
        : prepareMasked(arrays, call, plan),
    run: (call, plan, out) => arrays.run(call, plan, out),
    dispose: () => devices.resident.dispose(),
  });
}

/** A call with a mask: its parts pass through memory one by one. */
function prepareMasked(arrays: ArrayRunner, call: NormCall, plan: CallPlan): BackendCall {
  let results: NormResult = {};
  return {
    run() {
      results = arrays.run(call, plan, undefined);
    },
    read: () => results,
  };
}

/** A call with its tensors in the device's memory. */
function prepareOn(device: Device, call: NormCall, plan: CallPlan): PreparedNorm {
  const { dtype, shape } = call.x;
  const size = sizeOf(shape);
  const blocks: number[] = [];
  const place = (data?: TensorData) => {
    const block = device.arena.allocate(size * elementBytes(dtype));
    blocks.push(block);
    if (data !== undefined) device.write(block, data);
    return block;
  };
  const release = () => {
    for (const block of blocks.splice(0)) device.arena.release(block);
  };
  try {
    const { x: given, residual, dy: gradient, dsum: further } = tensorsOf(call);
    const placed = (tensor: Tensor | undefined) =>
      tensor === undefined ? 0 : place(inViewOrder(tensor, plan.view));
    const x = placed(given);
    const addition = placed(residual);
    const sum = residual === undefined ? x : place();
    const dy = placed(gradient);
    const dsum = placed(further);
    const out = place();
    const task = new NormTask(device, call, plan);
    return {
      run() {
        if (size === 0) return;
        if (sum !== x) {
          device.add(dtype, x, addition, sum, size);
          device.roundAsStored(dtype, sum, size);
        }
        task.runOn(sum, out, dy);
        if (further !== undefined) device.add(dtype, out, dsum, out, size);
      },
      read(): NormResult {
        const fetched = (block: number): Tensor => {
          return { dtype, shape, data: inOwnOrder(device.fetch(block, dtype, size), shape, plan.view) };
        };
        return {
          [call.mode === 'backward' ? 'dx' : 'y']: fetched(out),
          ...(plan.outputs.sum === undefined ? {} : { sum: fetched(sum) }),
          ...task.results(),
        };
      },
      dispose() {
        task.dispose();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}
