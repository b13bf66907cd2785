import { expect, test } from 'vitest';
import { judgeModel, mend, type RunModel, randomInputs, verify } from '../src/index';
import { randomFrom, randomTensor } from './numbers';
import { OnnxBuilder } from './onnx-builder';
import { runWasm as wasm } from './runtime';
import { batchNorm, spell, spellGroupNorm } from './spellings';

function twoNorms(offset: number) {
  const b = new OnnxBuilder();
  b.input('x', 'float32', ['n', 16]);
  const far = b.node('Add', ['x', b.constant(offset)]);
  const gamma = b.constant(Array.from({ length: 16 }, (_, i) => 1 + i / 8));
  const place = { opset: 17, rank: 2, axes: [1], gamma, beta: gamma };
  const y = spell(b, { uncentredVariance: true }, { ...place, x: far });
  b.output(spell(b, { centred: false }, { ...place, x: y, beta: null }));
  return b.model(17);
}

test('random inputs are those of the seed, with the sizes given', () => {
  const bytes = twoNorms(0);
  const inputs = randomInputs(bytes, { seed: 3, sizes: { n: 4 } });
  expect(inputs.x).toMatchObject({ type: 'float32', dims: [4, 16] });
  expect(randomInputs(bytes, { seed: 3, sizes: { n: 4 } })).toEqual(inputs);
  expect(randomInputs(bytes, { seed: 4, sizes: { n: 4 } })).not.toEqual(inputs);
});

test('a mended model is verified; another model is not', async () => {
  const original = twoNorms(0);
  const { bytes: mended } = mend(original, { target: 'wasm' });
  const same = await verify({ original, mended, run: wasm, sizes: { n: 3 } });
  expect(same.right).toBe(true);
  expect(same.digits).toBeGreaterThan(5);
  const broken = await verify({ original, mended: withAnotherGamma(), run: wasm, sizes: { n: 3 } });
  expect(broken).toMatchObject({ right: false });
  await expect(verify({ original, mended: original.slice(0, 40), run: wasm })).rejects.toMatchObject({
    code: 'backend',
  });
});

/** The same graph with another gamma: 1 + i / 4. */
function withAnotherGamma(): Uint8Array {
  const b = new OnnxBuilder();
  b.input('x', 'float32', ['n', 16]);
  const gamma = b.constant(Array.from({ length: 16 }, (_, i) => 1 + i / 4));
  const place = { opset: 17, rank: 2, axes: [1], gamma, beta: gamma };
  const y = spell(b, { uncentredVariance: true }, { ...place, x: b.node('Add', ['x', b.constant(0)]) });
  b.output(spell(b, { centred: false }, { ...place, x: y, beta: null }));
  return b.model(17);
}

test('a norm far from 0 that is not centred is found by its digits, and right after mending', async () => {
  const original = twoNorms(300);
  const options = { providers: { wasm }, sizes: { n: 3 } };
  const { norms } = await judgeModel(original, options);
  const [layerNorm, rmsNorm] = norms;
  expect(layerNorm!.measured!.kappa).toBeGreaterThan(300);
  expect(layerNorm!.measured!.largest).toBeCloseTo(301, -1);
  expect(layerNorm!.measured!.digits.wasm).toBeLessThan(3);
  expect(rmsNorm!.measured!.digits.wasm).toBeGreaterThan(6);
  const mended = mend(original, { target: 'wasm' });
  const after = await judgeModel(mended.bytes, options);
  expect(after.norms[0]!.measured!.digits.wasm).toBeGreaterThan(3.5);
});

test('where two providers drift apart', async () => {
  const off: RunModel = async (bytes, inputs) => {
    const { x } = inputs;
    const data = Float32Array.from(x!.data as Float32Array, (one) => one * 1.5);
    return wasm(bytes, { x: { ...x!, data } });
  };
  const { drift, norms } = await judgeModel(twoNorms(0), { providers: { wasm, off }, sizes: { n: 3 } });
  expect(drift).toMatchObject({ norm: norms[0]!.output, providers: ['wasm', 'off'] });
  // Each is judged on the input that it had.
  expect(norms[0]!.measured!.digits.off).toBeGreaterThan(5);
});

test('every operation is judged: batch, instance and group', async () => {
  const b = new OnnxBuilder();
  const random = randomFrom(4);
  b.input('x', 'float32', [2, 4, 3, 3]);
  const list = (f: () => number, shape = [4]) => b.constant([f(), f(), f(), f()], shape);
  const normed = batchNorm(b, b.node('Relu', ['x']), 4, random);
  const instance = b.node('InstanceNormalization', [normed, list(random), list(random)]);
  const group = spellGroupNorm(b, {
    x: instance,
    shape: [2, 4, 3, 3],
    groups: 2,
    gamma: list(random, [4, 1, 1]),
    beta: list(random, [4, 1, 1]),
  });
  const mvn = b.node('MeanVarianceNormalization', [group], { axes: [2, 3] });
  b.output(mvn);
  const x = randomTensor([2, 4, 3, 3], random);
  const inputs = { x: { type: x.type, dims: x.dims, data: x.data as Float32Array } };
  const { norms } = await judgeModel(b.model(17), { providers: { wasm }, inputs });
  expect(norms.map(({ op }) => op)).toEqual(['batchNorm', 'instanceNorm', 'groupNorm', 'layerNorm']);
  for (const { measured } of norms) expect(measured!.digits.wasm).toBeGreaterThan(5.5);
});
