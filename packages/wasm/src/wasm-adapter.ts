import {
  type CallPlan,
  defineAdapter,
  inOwnOrder,
  inViewOrder,
  type NormAdapter,
  type NormCall,
  type NormResult,
  type PreparedNorm,
  sizeOf,
  type TensorData,
} from '@normlayers/core';
import type { Device } from './device';
import { NormTask } from './norm-task';
import { createDevice, type WasmOptions } from './wasm-norm';

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
export async function wasmAdapter(options: WasmOptions = {}): Promise<NormAdapter> {
  const device = await createDevice(options);
  return defineAdapter({
    name: 'wasm',
    supports: () => ({ supported: true, via: 'fused' }),
    prepare: (call, plan) =>
      prepareOn(device, call, plan, (task, x, out, dy) =>
        device.launch(task.type, task.wholeLaunch(x, out, dy)),
      ),
  });
}

/** A call with its tensors in the device's memory. */
export function prepareOn(
  device: Device,
  call: NormCall,
  plan: CallPlan,
  launch: (task: NormTask, x: number, out: number, dy: number) => void | Promise<void>,
): PreparedNorm {
  const { dtype, shape } = call.x;
  const size = sizeOf(shape);
  const blocks: number[] = [];
  const place = (data?: TensorData) => {
    const block = device.arena.allocate(size * (dtype === 'float64' ? 8 : 4));
    blocks.push(block);
    if (data !== undefined) device.write(block, data);
    return block;
  };
  const release = () => {
    for (const block of blocks.splice(0)) device.arena.release(block);
  };
  try {
    const x = place(inViewOrder(call.x, plan.view));
    const dy = call.mode === 'backward' ? place(inViewOrder(call.dy, plan.view)) : 0;
    const out = place();
    const task = new NormTask(device, call, plan);
    return {
      run() {
        if (size > 0) return launch(task, x, out, dy);
      },
      read(): NormResult {
        const data = inOwnOrder(device.fetch(out, dtype, size), shape, plan.view);
        return { [call.mode === 'backward' ? 'dx' : 'y']: { dtype, shape, data }, ...task.results() };
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
