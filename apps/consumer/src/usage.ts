// Compiled with skipLibCheck off: what the declarations say must stand by itself.
import { layerNorm, layerNormBackward, type NormCall, NormError, tensor } from '@normlayers/core';
import { wasmAdapter } from '@normlayers/wasm';

const x = tensor(new Float32Array(12), [3, 4]);
const { y } = layerNorm({ x, epsilon: 1e-6 });
const { dx } = layerNormBackward({ x, dy: y });
export const shapes: readonly (readonly number[])[] = [y.shape, dx.shape];

export async function run(call: NormCall): Promise<readonly number[]> {
  const adapter = await wasmAdapter();
  try {
    // @ts-expect-error a call has an operation
    await adapter.run({ mode: 'inference', x });
    const result = await adapter.run(call);
    return 'y' in result ? result.y.shape : [];
  } catch (error) {
    if (error instanceof NormError) return [];
    throw error;
  } finally {
    await adapter.dispose?.();
  }
}
