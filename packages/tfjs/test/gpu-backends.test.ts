import { type NormCall, tensor } from '@normlayers/core';
import { describe, expect, test } from 'vitest';
import { nativeTfjsAdapter, tfjsAdapter } from '../src/index';
import { tf } from './backends';

/** Layer Norm of one row, its numbers from `smallest` up. */
function rowOf(features: number, smallest: number): NormCall {
  const x = tensor(
    Float32Array.from({ length: features }, (_, i) => smallest * (i + 1)),
    [1, features],
  );
  return { op: 'layerNorm', mode: 'backward', x, dy: x };
}

// Node has neither backend: what is declared is seen here, what is computed in a browser.
describe.each(['webgl', 'webgpu'])('tfjs/%s', (backend) => {
  test('takes numbers down to the least normal one, and zeros, by a chain of operations', () => {
    const adapter = tfjsAdapter({ tf, backend });
    const taken = { supported: true, via: 'composed' };
    expect(adapter.supports(rowOf(4, 2 ** -126))).toEqual(taken);
    expect(adapter.supports(rowOf(4, 0))).toEqual(taken);
  });

  test('refuses denormal numbers, which the cpu backend takes', async () => {
    const adapter = tfjsAdapter({ tf, backend });
    const call = rowOf(4, 2 ** -140);
    const support = adapter.supports(call);
    expect(support.supported || support.reason).toMatch(/denormal/);
    await expect(adapter.run(call)).rejects.toMatchObject({ name: 'NormError', code: 'unsupported' });
    expect(tfjsAdapter({ tf, backend: 'cpu' }).supports(call).supported).toBe(true);
  });

  test('the native adapter refuses a gradient that would not end', () => {
    const native = nativeTfjsAdapter({ tf, backend });
    const support = native.supports(rowOf(16_384, 1));
    expect(support.supported || support.reason).toMatch(/tf\.tile/);
    expect(native.supports(rowOf(768, 1)).supported).toBe(true);
  });
});
