import { create } from '@bufbuild/protobuf';
import { toFloat16Bits } from '@normlayers/core';
import { type FunctionProto, FunctionProtoSchema, OperatorSetIdProtoSchema } from 'onnx-buf';
import { expect, test } from 'vitest';
import { inspect, judgeModel, mend, type Norm, type RunModel, roundingToHalf, verify } from '../src/index';
import { randomFrom } from './numbers';
import { OnnxBuilder } from './onnx-builder';
import { runWasm as wasm } from './runtime';
import { spell } from './spellings';

/** An engine that stores float16 between operators, as GPUs do: the wasm provider computes whole chains in float32. */
const float16: RunModel = roundingToHalf(wasm);
const providers = { wasm, float16 };

const WIDTH = 32;

/** Attention, a residual, Layer Norm, a feed-forward layer, a residual and Layer Norm, in float16. */
function transformerBlock({ opset = 17, epsilon = 1e-5, functions = [] as FunctionProto[] } = {}) {
  const b = new OnnxBuilder();
  const random = randomFrom(7);
  const half = (numbers: number[], shape: number[]) => b.constant(numbers, shape, 'float16');
  const weight = (rows: number, columns: number) =>
    half(
      Array.from({ length: rows * columns }, () => (2 * random() - 1) / Math.sqrt(rows)),
      [rows, columns],
    );
  const gamma = () =>
    half(
      Array.from({ length: WIDTH }, () => 0.5 + random()),
      [WIDTH],
    );
  const norm = (x: string) =>
    spell(b, {}, { opset, x, rank: 3, axes: [2], gamma: gamma(), beta: gamma(), epsilon, type: 'float16' });
  b.input('x', 'float16', [1, 'n', WIDTH]);
  const [q, k, v] = [0, 1, 2].map(() => b.node('MatMul', ['x', weight(WIDTH, WIDTH)]));
  const scores = b.node('MatMul', [q!, b.node('Transpose', [k!], { perm: [0, 2, 1] })]);
  const attended = b.node('MatMul', [b.node('Softmax', [scores], { axis: -1 }), v!]);
  const first = norm(b.node('Add', ['x', attended]));
  const wide = b.node('Relu', [b.node('MatMul', [first, weight(WIDTH, 4 * WIDTH)])]);
  b.output(norm(b.node('Add', [first, b.node('MatMul', [wide, weight(4 * WIDTH, WIDTH)])])), 'float16');
  return b.model(opset, { functions });
}

/** A few tokens, with the outlier that residual streams of transformers have in one of their features. */
function tokens(outlier: number) {
  const random = randomFrom(3);
  const numbers = Array.from({ length: 4 * WIDTH }, (_, i) => (i % WIDTH === 5 ? outlier : 2 * random() - 1));
  return { x: { type: 'float16', dims: [1, 4, WIDTH], data: Uint16Array.from(numbers, toFloat16Bits) } };
}

const grades = (norms: readonly Norm[]) => norms.map(({ measured }) => measured!.grades);

test('a float16 transformer block that overflows in the square of its Layer Norm is found, mended and right', async () => {
  const original = transformerBlock();
  const inputs = tokens(600);
  const before = await judgeModel(original, { providers, inputs });
  const [first, second] = before.norms;
  expect(first!.measured!.halfHeadroomBits).toBeLessThan(0);
  expect(first!.measured!.grades).toEqual({ wasm: expect.not.stringMatching('wrong'), float16: 'wrong' });
  expect(second!.measured!.halfHeadroomBits).toBeGreaterThan(0);

  const { bytes, changes } = mend(original, { target: 'any', judgement: before });
  expect(changes.map(({ kind, into }) => `${kind} ${into}`)).toEqual([
    'fuse LayerNormalization',
    'fuse LayerNormalization',
  ]);
  const after = await judgeModel(bytes, { providers, inputs });
  for (const grade of grades(after.norms)) {
    expect(grade).toEqual({
      wasm: expect.not.stringMatching('wrong'),
      float16: expect.not.stringMatching('wrong'),
    });
  }
  expect(await verify({ original, mended: bytes, run: wasm, inputs })).toMatchObject({ right: true });
  // On the engine that overflows the two differ, and the mended one says what float32 says.
  expect(await verify({ original, mended: bytes, run: float16, inputs })).toMatchObject({
    right: true,
    against: 'original in float32',
  });
});

test('where no operator may be written, a float16 chain is computed in float32 between Casts', async () => {
  // A model with functions is not raised to the opset that has the operator.
  const opsetImport = [create(OperatorSetIdProtoSchema, { version: 11n })];
  const functions = [create(FunctionProtoSchema, { name: 'nothing', domain: 'own', opsetImport })];
  const original = transformerBlock({ opset: 11, functions });
  const inputs = tokens(600);
  const { bytes, changes, norms } = mend(original);
  expect(changes.map(({ kind }) => kind)).toEqual(['widen', 'widen']);
  expect(norms).toHaveLength(2);
  const after = await judgeModel(bytes, { providers, inputs });
  for (const grade of grades(after.norms)) expect(Object.values(grade)).not.toContain('wrong');
  expect(await verify({ original, mended: bytes, run: float16, inputs })).toMatchObject({ right: true });
  // Once is enough.
  expect(mend(bytes).changes).toEqual([]);
});

test('an epsilon that float16 has made 0 comes back: a constant row gives beta', async () => {
  const original = transformerBlock({ epsilon: 1e-12 });
  expect(inspect(original).norms.map(({ notes }) => notes)).toEqual([
    ['epsilon-vanished'],
    ['epsilon-vanished'],
  ]);
  const b = new OnnxBuilder();
  b.input('x', 'float16', [2, 4]);
  const beta = b.constant([1, 2, 3, 4], [4], 'float16');
  b.output(
    spell(
      b,
      {},
      { opset: 17, x: 'x', rank: 2, axes: [1], gamma: null, beta, epsilon: 1e-12, type: 'float16' },
    ),
    'float16',
  );
  const x = {
    type: 'float16',
    dims: [2, 4],
    data: Uint16Array.from([5, 5, 5, 5, 1, 2, 3, 4], toFloat16Bits),
  };
  const { bytes } = mend(b.model(17));
  const { data } = Object.values(await wasm(bytes, { x }))[0]!;
  expect([...(data as Uint16Array)].slice(0, 4)).toEqual([1, 2, 3, 4].map(toFloat16Bits));
});

test('operators that came out wrong are centred and rescaled', async () => {
  const b = new OnnxBuilder();
  b.input('x', 'float16', [2, 8]);
  const gamma = b.constant(
    Array.from({ length: 8 }, (_, i) => 1 + i),
    [8],
    'float16',
  );
  b.output(
    b.node('LayerNormalization', ['x', gamma, gamma], { axis: -1, epsilon: { float: 1e-5 } }),
    'float16',
  );
  const original = b.model(17);
  const numbers = Array.from({ length: 16 }, (_, i) => 900 + 300 * Math.sin(i));
  const inputs = { x: { type: 'float16', dims: [2, 8], data: Uint16Array.from(numbers, toFloat16Bits) } };
  // An engine whose Layer Norm overflows.
  const overflowing: RunModel = async (model, given) =>
    Object.fromEntries(
      Object.entries(await wasm(model, given)).map(([name, tensor]) => [
        name,
        { type: tensor.type, dims: tensor.dims, data: new Uint16Array(tensor.data.length) },
      ]),
    );
  const judgement = await judgeModel(original, { providers: { overflowing }, inputs });
  expect(judgement.norms[0]!.measured!.grades.overflowing).toBe('wrong');
  const { bytes, changes } = mend(original, { judgement });
  expect(changes.map(({ kind }) => kind)).toEqual(['rescale']);
  const after = await judgeModel(bytes, { providers: { wasm }, inputs });
  expect(after.norms[0]!.measured!.halfHeadroomBits).toBeGreaterThan(1);
  expect(after.norms[0]!.measured!.grades.wasm).not.toBe('wrong');
  expect(await verify({ original, mended: bytes, run: wasm, inputs })).toMatchObject({
    right: true,
    against: 'original',
  });
});

test('for WebGPU, whose Layer Norm and Instance Norm do not centre, the mean is taken off first', async () => {
  for (const opset of [17, 18]) {
    const b = new OnnxBuilder();
    b.input('x', 'float32', [2, 3, 8]);
    const list = (size: number) => b.constant(Array.from({ length: size }, (_, i) => 1 + i));
    const first = b.node('LayerNormalization', ['x', list(8), list(8)], { axis: -1 });
    const far = b.node('Add', [first, b.constant(1000)]);
    b.output(b.node('InstanceNormalization', [far, list(3), list(3)]));
    const original = b.model(opset);
    const random = randomFrom(2);
    const inputs = {
      x: { type: 'float32', dims: [2, 3, 8], data: Float32Array.from({ length: 48 }, () => 300 + random()) },
    };
    const judgement = await judgeModel(original, { providers: { wasm }, inputs });
    expect(judgement.norms.map(({ measured }) => measured!.kappa > 100)).toEqual([true, true]);
    expect(mend(original, { judgement, target: 'wasm' }).changes).toEqual([]);
    const { bytes, changes } = mend(original, { judgement, target: 'webgpu' });
    expect(changes.map(({ kind, into }) => [kind, into])).toEqual([
      ['centre', 'LayerNormalization'],
      ['centre', 'InstanceNormalization'],
    ]);
    const after = await judgeModel(bytes, { providers: { wasm }, inputs });
    expect(after.norms.every(({ measured }) => measured!.kappa < 10)).toBe(true);
    expect(await verify({ original, mended: bytes, run: wasm, inputs })).toMatchObject({ right: true });
    // What is centred is left.
    expect(mend(bytes, { judgement: after, target: 'webgpu' }).changes).toEqual([]);
  }
});
