// `out`: where y, or dx, is put.
import { afterAll, expect, test } from 'vitest';
import { createNorm } from '../src/index';
import { ort } from './runtime';

const tensor = (data: number[], dims: readonly number[] = [data.length]) =>
  new ort.Tensor('float32', data, dims);
const norm = createNorm({ ort });
afterAll(() => norm.dispose());
const call = { op: 'layerNorm', mode: 'inference', x: tensor([1, 3, 10, 30], [2, 2]), epsilon: 0 } as const;

test('y, and dx, are put into the tensor that is given, which is the result', async () => {
  const out = tensor([7, 7, 7, 7], [2, 2]);
  const { data } = out;
  const { y } = await norm.run(call, out);
  expect(y).toBe(out);
  expect(y.data).toBe(data);
  expect([...(data as Float32Array)]).toEqual([-1, 1, -1, 1]);
  const { dx, dgamma } = await norm.run({ ...call, mode: 'backward', dy: tensor([1, 1, 1, 1], [2, 2]) }, out);
  expect(dx).toBe(out);
  expect([...(data as Float32Array)]).toEqual([0, 0, 0, 0]);
  expect([...(dgamma.data as Float32Array)]).toEqual([-2, 2]);
  // Without it the answer is a tensor of its own, and so is a sum.
  const { y: own, sum } = await norm.layerNorm({ x: call.x, residual: call.x, epsilon: 0 });
  expect([...(own.data as Float32Array), ...(sum.data as Float32Array)]).toEqual([
    -1, 1, -1, 1, 2, 6, 20, 60,
  ]);
});

test('an out that does not fit is refused', async () => {
  const refused = (out: unknown, code: string) =>
    expect(norm.run(call, out as never)).rejects.toMatchObject({ code, argument: 'out' });
  await refused(tensor([1, 2, 3, 4]), 'shape');
  await refused(new ort.Tensor('float64', [1, 2, 3, 4], [2, 2]), 'dtype');
  await refused(7, 'missing-argument');
  const disposed = tensor([1, 2, 3, 4], [2, 2]);
  disposed.dispose();
  await refused(disposed, 'disposed');
  for (const strategy of ['graph', 'native'] as const) {
    const other = createNorm({ ort, strategy });
    const answer = other.run(call, tensor([1, 2, 3, 4], [2, 2]));
    await expect(answer).rejects.toMatchObject({ code: 'unsupported', argument: 'out' });
    await other.dispose();
  }
});

test('what the runtime’s own operators have no argument for is refused', async () => {
  const native = createNorm({ ort, strategy: 'native' });
  const answer = native.layerNorm({ x: call.x, residual: call.x });
  await expect(answer).rejects.toMatchObject({ code: 'unsupported', values: { argument: 'residual' } });
  await native.dispose();
});
