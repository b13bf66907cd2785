import { readFileSync } from 'node:fs';
import { type Tensor, tensor } from '@normlayers/core';
import { widened } from '@normlayers/core/adapter';
import { expect, test } from 'vitest';
import { EXAMPLES } from '../src/convert/examples';
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
