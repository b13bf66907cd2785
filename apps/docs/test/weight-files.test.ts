import { readFileSync } from 'node:fs';
import { type Tensor, tensor } from '@normlayers/core';
import { widened } from '@normlayers/core/adapter';
import { expect, test } from 'vitest';
import { EXAMPLES } from '../src/convert/examples';
import { readSafetensors } from '../src/convert/safetensors';
import { readJson, readWeightFile, writeWeightFile } from '../src/convert/weight-files';

const fixture = (name: string) =>
  new File([new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)))], name);
const numbers = (tensors: Readonly<Record<string, Tensor>>) =>
  Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, [...widened(data)]]));

// Both files were written by NumPy 2.4.
const EXPECTED = { gamma: [1, 2], beta: [0.5, -0.5], moving_mean: [10, -10], moving_variance: [4, 0.25] };

test('an .npz of NumPy: float16, float32, float64, names in folders', async () => {
  const [layer] = await readWeightFile(fixture('keras-layer.npz'));
  expect(layer).toMatchObject({ name: 'block/bn', convention: 'keras' });
  expect(numbers(layer.tensors)).toEqual(EXPECTED);
});

test('a compressed .npz of NumPy', async () => {
  const [layer] = await readWeightFile(fixture('keras-layer-compressed.npz'));
  expect(numbers(layer.tensors)).toEqual(EXPECTED);
});

test('a safetensors file, byte by byte as its format says', () => {
  const header =
    '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[8,10]}}';
  const bytes = new Uint8Array(8 + header.length + 10);
  bytes[0] = header.length;
  bytes.set(new TextEncoder().encode(header), 8);
  // 1 and -2 as float32, 1.5 as bfloat16, little-endian.
  bytes.set([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0xc0, 0x3f], 8 + header.length);
  const read = readSafetensors(bytes.buffer);
  expect([...read.get('a')!.data]).toEqual([1, -2]);
  expect([...read.get('b')!.data]).toEqual([1.5]);
  expect(() => readSafetensors(bytes.buffer.slice(0, 20))).toThrow('cut off');
});

test.each(['safetensors', 'npz'] as const)('what is written as %s is read back', async (kind) => {
  const tensors = {
    weight: tensor([1, 2.5]),
    bias: tensor(new Float64Array([0.1, 0.2])),
    running_mean: tensor([3, 4]),
    running_var: tensor([5, 6]),
  };
  const file = new File([writeWeightFile(kind, tensors)], `layer.${kind}`);
  const [layer] = await readWeightFile(file);
  expect(layer.convention).toBe('pytorch');
  expect(numbers(layer.tensors)).toEqual(numbers(tensors));
});

test.each(Object.entries(EXAMPLES))('the example of %s is one layer of its framework', (name, text) => {
  const layers = readJson(text);
  expect(layers).toHaveLength(1);
  expect(layers[0].convention).toBe(name === 'tfjs' ? 'keras' : name);
  expect(Object.values(numbers(layers[0].tensors)).flat()).toHaveLength(12);
});

test('JSON with epsilon and momentum; and what is none', () => {
  const [layer] = readJson('{"scale":[1],"bias":[0],"mean":[1],"var":[2],"epsilon":0.001,"momentum":0.9}');
  expect(layer).toMatchObject({ convention: 'flax', epsilon: 0.001, momentum: 0.9 });
  expect(() => readJson('[1]')).toThrow('expected { ... }');
  expect(() => readJson('{"weight": "one"}')).toThrow('weight is not an array of numbers');
  expect(() => readJson('{"weight": [1]}')).toThrow('no layer');
});
