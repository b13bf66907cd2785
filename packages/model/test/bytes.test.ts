import { create, fromBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { NormError } from '@normlayers/core';
import { ModelProtoSchema, StringStringEntryProtoSchema, TensorProto_DataLocation } from 'onnx-buf';
import { expect, test } from 'vitest';
import { recordsOf } from '../src/formats/onnx/records';
import { inspect, mend } from '../src/index';
import { difference, randomFrom, randomTensor } from './numbers';
import { OnnxBuilder } from './onnx-builder';
import { run } from './runtime';
import { LAYER_NORMS, spell } from './spellings';

/** A field that onnx.proto does not have. */
function unknownField(): Uint8Array {
  return new BinaryWriter().tag(4242, WireType.LengthDelimited).string('from the future').finish();
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function modelWithNorm() {
  const b = new OnnxBuilder();
  b.input('x', 'float32', [2, 4]);
  const gamma = b.constant([1, 2, 3, 4]);
  const y = spell(b, {}, { opset: 17, x: b.node('Relu', ['x']), rank: 2, axes: [1], gamma, beta: gamma });
  b.output(b.node('Tanh', [y]), 'float32');
  return b;
}

test('a model without anything to mend comes back as the very bytes, unknown fields and order included', () => {
  const b = new OnnxBuilder();
  b.input('x', 'float32', [2, 4]);
  b.output(b.node('Relu', ['x']));
  const bytes = joined(unknownField(), b.model(17), unknownField());
  expect(mend(bytes).bytes).toBe(bytes);
});

test('nodes in any order, as converters to float16 leave them', async () => {
  const b = modelWithNorm();
  b.graph.node.reverse();
  const bytes = b.model(17);
  expect(inspect(bytes).norms).toHaveLength(1);
  const mended = mend(bytes, { target: 'wasm' });
  expect(mended.changes).toHaveLength(1);
  const feeds = { x: randomTensor([2, 4], randomFrom(2)) };
  const [before, after] = [await run(bytes, feeds), await run(mended.bytes, feeds)];
  for (const name of Object.keys(before)) expect(difference(before[name]!, after[name]!)).toBeLessThan(1e-6);
  const circle = new OnnxBuilder();
  circle.node('Relu', ['b'], {}, ['a']);
  circle.output(circle.node('Relu', ['a'], {}, ['b']));
  expect(() => inspect(circle.model(17))).toThrow(/"b" is made of itself|"a" is made of itself/);
});

test('around a change all other bytes stay: unknown fields, metadata, other nodes', () => {
  const b = modelWithNorm();
  const metadata = [{ key: 'author', value: 'a person' }];
  const model = b.model(17, { metadataProps: metadata as never, docString: 'words' });
  const bytes = joined(unknownField(), model, unknownField());
  const mended = mend(bytes).bytes;
  const graph = 7;
  const others = (from: Uint8Array) =>
    recordsOf(from)
      .filter(({ field }) => field !== graph)
      .map(({ whole }) => [...whole]);
  expect(others(mended)).toEqual(others(bytes));
  const nodes = (from: Uint8Array) => {
    const body = recordsOf(from).find(({ field }) => field === graph)!.body;
    return recordsOf(body)
      .filter(({ field }) => field === 1)
      .map(({ whole }) => Buffer.from(whole).toString('hex'));
  };
  const [before, after] = [nodes(bytes), nodes(mended)];
  expect(after).toHaveLength(3);
  expect([after[0], after[2]]).toEqual([before[0], before.at(-1)]);
});

test('data in other files is not asked for to find norms, and only what is needed to mend', async () => {
  const b = modelWithNorm();
  const numbers = Float32Array.of(1, 2, 3, 4);
  const tensor = b.graph.initializer.find(({ dims }) => dims.length === 1)!;
  tensor.floatData = [];
  tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
  tensor.externalData = Object.entries({ location: 'weights.bin', offset: '8', length: '16' }).map(
    ([key, value]) => create(StringStringEntryProtoSchema, { key, value }),
  );
  const bytes = b.model(17);
  const asked: unknown[] = [];
  const files = (...request: unknown[]) => {
    asked.push(request);
    return new Uint8Array(numbers.buffer);
  };
  expect(inspect(bytes).norms[0]).toMatchObject({
    op: 'layerNorm',
    rewrite: { reason: 'parameter-elsewhere' },
  });
  expect(mend(bytes).bytes).toBe(bytes);
  const { bytes: mended } = mend(bytes, { files });
  expect(asked[0]).toEqual(['weights.bin', 8, 16]);
  const whole = mend(modelWithNorm().model(17)).bytes;
  const x = randomTensor([2, 4], randomFrom(1));
  const [a, c] = [await run(mended, { x }), await run(whole, { x })];
  for (const [name, one] of Object.entries(a)) expect(difference(one, c[name]!)).toBe(0);
  const file = new Uint8Array(24);
  file.set(new Uint8Array(numbers.buffer), 8);
  expect(mend(bytes, { files: { 'weights.bin': file } }).bytes).toEqual(mended);
});

test('models of before IR version 4, whose initializers are inputs too', async () => {
  const b = new OnnxBuilder();
  b.input('x', 'float32', [2, 4]);
  const y = spell(
    b,
    {},
    { opset: 11, x: 'x', rank: 2, axes: [1], gamma: b.constant([1, 2, 3, 4]), beta: null },
  );
  b.output(y, 'float32');
  for (const { name, dims } of b.graph.initializer) b.input(name, 'float32', dims.map(Number));
  const bytes = b.model(11, { irVersion: 3n });
  const mended = mend(bytes, { target: 'wasm' });
  const { graph } = fromBinary(ModelProtoSchema, mended.bytes);
  const names = graph!.initializer.map(({ name }) => name);
  expect(graph!.input.map(({ name }) => name).sort()).toEqual(['x', ...names].sort());
  const x = randomTensor([2, 4], randomFrom(1));
  const [before, after] = [await run(bytes, { x }), await run(mended.bytes, { x })];
  expect(difference(before[y]!, after[y]!)).toBeLessThan(1e-6);
});

test('a default that the caller may replace is no constant', () => {
  const b = modelWithNorm();
  const gamma = b.graph.initializer.find(({ dims }) => dims.length === 1)!;
  b.input(gamma.name, 'float32', [4]);
  const { norms } = inspect(b.model(17));
  // It has the shape of a gamma, and is taken as the value that it is.
  expect(norms[0]).toMatchObject({ gamma: gamma.name, rewrite: { possible: true } });
  expect(
    fromBinary(ModelProtoSchema, mend(b.model(17)).bytes).graph!.initializer.map(({ name }) => name),
  ).toContain(gamma.name);
});

test('an opset is raised operator by operator, or not at all', async () => {
  const b = new OnnxBuilder();
  b.input('x', 'float32', [2, 3, 4]);
  const [a, rest] = ['a', 'rest'];
  b.node('Split', ['x'], { axis: 2, split: [2, 2] }, [a, rest]);
  const clipped = b.node('Clip', [b.node('Concat', [a, rest], { axis: 2 })], {
    min: { float: -0.5 },
    max: { float: 0.5 },
  });
  const padded = b.node('Pad', [clipped], { pads: [0, 0, 0, 0, 0, 0], value: { float: 1 } });
  const squeezed = b.node('Squeeze', [b.node('Unsqueeze', [padded], { axes: [0] })], { axes: [0] });
  const dropped = b.node('Dropout', [b.node('Softmax', [squeezed], { axis: 2 })], { ratio: { float: 0.3 } });
  const summed = b.node('ReduceSum', [b.node('ReduceMax', [dropped], { axes: [0], keepdims: 0 })], {
    axes: [0],
  });
  const y = spell(b, LAYER_NORMS['pow -0.5']!, {
    opset: 10,
    x: dropped,
    rank: 3,
    axes: [2],
    gamma: null,
    beta: null,
  });
  b.output(b.node('Add', [y, summed]), 'float32');
  const bytes = b.model(10);
  const mended = mend(bytes);
  expect(mended.changes.map(({ kind, into }) => [kind, into])).toEqual([
    ['opset', 'opset 17'],
    ['fuse', 'LayerNormalization'],
  ]);
  const x = randomTensor([2, 3, 4], randomFrom(6));
  const [before, after] = [await run(bytes, { x }), await run(mended.bytes, { x })];
  for (const [name, one] of Object.entries(before)) expect(difference(one, after[name]!)).toBeLessThan(1e-6);

  b.node('Upsample', ['x', b.constant([1, 1, 2])]);
  const old = b.model(9);
  expect(inspect(old).norms[0]!.rewrite).toMatchObject({ possible: false, reason: 'opset' });
  expect(mend(old).bytes).toBe(old);
});

test('what is no model is refused with a reason', () => {
  for (const bytes of [
    new Uint8Array(0),
    Uint8Array.of(1, 2, 3),
    new TextEncoder().encode('{"format":"graph"}'),
  ]) {
    expect(() => inspect(bytes)).toThrow(NormError);
    expect(() => inspect(bytes)).toThrow(/no ONNX model/);
  }
  expect(() => mend(modelWithNorm().model(17), { target: 'gpu' as never })).toThrow(/any, wasm, webgpu/);
});
