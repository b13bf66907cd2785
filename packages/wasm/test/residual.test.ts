// Residuals where the suite does not go: arrays of several blocks, tensors that stay in memory.
import { cast, type DType, type NormCall, type Tensor, tensor } from '@normlayers/core';
import { expectAccurate } from '@normlayers/testing';
import { createNorm, type ResidentTensor } from '@normlayers/wasm';
import { expect, test } from 'vitest';

const like = (shape: number[], dtype: DType, step: number): Tensor => {
  const size = shape.reduce((a, b) => a * b);
  return cast(
    tensor(
      Float64Array.from({ length: size }, (_, i) => Math.sin(step * i) + 1),
      shape,
    ),
    dtype,
  );
};

function calls(shape: number[], dtype: DType, axes?: number[]): NormCall[] {
  const [x, residual, dy, dsum] = [1, 2, 3, 4].map((step) => like(shape, dtype, step)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const common = { op: 'layerNorm', x, residual, ...(axes === undefined ? {} : { axes }) } as const;
  return [
    { ...common, mode: 'training' },
    { ...common, mode: 'backward', dy, dsum },
  ];
}

test.each(['float32', 'float64', 'float16'] as const)('arrays of several blocks, %s', async (dtype) => {
  // A block is a 16th of the memory that there may be: 64 kB, of 480 kB and more.
  const norm = await createNorm({ maximumBytes: 2 ** 20 });
  for (const call of calls([60, 1000], dtype)) {
    expectAccurate(call, norm.run(call));
    const out = cast(call.x, dtype === 'float64' ? 'float32' : 'float64');
    const into = cast(out, dtype).data.slice();
    expectAccurate(call, norm.run(call, into));
  }
  norm.dispose();
});

test.each([undefined, [0, 2]])('resident tensors with axes %s, and nothing of them is left', async (axes) => {
  const norm = await createNorm();
  for (const dtype of ['float32', 'float16'] as const) {
    for (const call of calls([3, 4, 10], dtype, axes)) {
      const before = norm.bytesInUse;
      const uploaded: ResidentTensor[] = [];
      const resident = Object.entries(call).map(([name, value]) => {
        if (typeof value !== 'object' || !('data' in value)) return [name, value];
        uploaded.push(norm.upload(value as Tensor));
        return [name, uploaded.at(-1)];
      });
      const results = norm.runResident(Object.fromEntries(resident));
      const read = Object.entries(results).map(([name, result]) => [
        name,
        norm.read(result as ResidentTensor),
      ]);
      expectAccurate(call, Object.fromEntries(read));
      for (const held of [...uploaded, ...(Object.values(results) as ResidentTensor[])]) held.dispose();
      expect(norm.bytesInUse).toBe(before);
    }
  }
  norm.dispose();
});
