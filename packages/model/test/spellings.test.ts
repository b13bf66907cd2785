import { describe, expect, test } from 'vitest';
import { inspect, mend, type Target } from '../src/index';
import { difference, randomFrom, randomTensor } from './numbers';
import { OnnxBuilder } from './onnx-builder';
import { run } from './runtime';
import { FOLDS, LAYER_NORMS, MORE_FOLDS, RMS_NORMS, type Spelling, spell, spellGroupNorm } from './spellings';

const C = 8;

interface Variant {
  readonly opset?: number;
  readonly shape?: readonly number[];
  readonly axes?: readonly number[];
  readonly gamma?: readonly number[] | null;
  readonly beta?: readonly number[] | null;
}

function model(
  spelling: Spelling,
  { opset = 17, shape = [3, C], axes = [shape.length - 1], ...rest }: Variant = {},
) {
  const b = new OnnxBuilder();
  const random = randomFrom(7);
  const parameter = (given: readonly number[] | null | undefined) => {
    if (given === null) return null;
    const dims = given ?? [C];
    const size = dims.reduce((all, one) => all * one, 1);
    return b.constant(
      Array.from({ length: size }, () => 0.5 + random()),
      dims,
    );
  };
  b.input('x', 'float32', shape);
  const gamma = parameter(rest.gamma);
  const beta = spelling.centred === false ? null : parameter(rest.beta);
  b.output(spell(b, spelling, { opset, x: 'x', rank: shape.length, axes, gamma, beta }), 'float32');
  return { bytes: b.model(opset), x: randomTensor(shape, random, 0.3) };
}

async function expectOneNode(
  bytes: Uint8Array,
  x: ReturnType<typeof randomTensor>,
  target: Target,
  op: string,
) {
  const mended = mend(bytes, { target });
  expect(mended.norms.map(({ spelling }) => spelling)).toEqual([op]);
  const [before, after] = [await run(bytes, { x }), await run(mended.bytes, { x })];
  for (const name of Object.keys(before)) expect(difference(before[name]!, after[name]!)).toBeLessThan(1e-6);
}

describe('Layer Norm', () => {
  test.each(Object.entries(LAYER_NORMS))('%s becomes one operator', async (_, spelling) => {
    for (const opset of [11, 13, 17, 18, 23]) {
      const { bytes, x } = model(spelling, { opset });
      await expectOneNode(bytes, x, opset === 11 ? 'wasm' : 'any', 'LayerNormalization');
    }
  });

  const variants: Record<string, [Variant, Spelling?]> = {
    'no gamma': [{ gamma: null }],
    'no beta': [{ beta: null }],
    'neither gamma nor beta': [{ gamma: null, beta: null }],
    'parameters [1, C]': [{ gamma: [1, C], beta: [1, C] }],
    'scalar parameters': [{ gamma: [], beta: [1] }],
    'channels of NCHW': [{ shape: [2, C, 3, 3], axes: [1], gamma: [C, 1, 1], beta: [1, C, 1, 1] }],
    'several axes': [{ shape: [2, 3, C], axes: [1, 2], gamma: [3, C], beta: [C] }],
    'axes from the front': [{ shape: [2, 3, C] }, { positiveAxes: true }],
    'means that drop their axes and get them back': [{ shape: [2, 3, C] }, { keepdims: false }],
    'commuted operands': [{}, { commuted: true, square: 'mul', inverse: '1/sqrt mul' }],
    'gamma times the inverse first': [{}, { gammaFirst: 'inverse', inverse: 'sqrt reciprocal mul' }],
    'E[x^2] - E[x]^2': [{}, { uncentredVariance: true }],
    'Keras without gamma and beta': [
      { gamma: null, beta: null },
      { keras: true, inverse: 'pow -0.5' },
    ],
    'one row': [{ shape: [C] }],
  };
  test.each(Object.entries(variants))('%s', async (_, [variant, spelling = {}]) => {
    const { bytes, x } = model(spelling, variant);
    await expectOneNode(bytes, x, 'any', 'LayerNormalization');
  });
});

describe('RMS Norm', () => {
  test.each(Object.entries(RMS_NORMS))('%s becomes one operator', async (_, spelling) => {
    for (const opset of [11, 17, 18]) {
      const { bytes, x } = model(spelling, { opset });
      await expectOneNode(bytes, x, 'wasm', 'SimplifiedLayerNormalization');
    }
    const { bytes, x } = model(spelling, { opset: 23 });
    await expectOneNode(bytes, x, 'any', 'RMSNormalization');
  });
});

test('Group Norm in parts becomes one operator', async () => {
  const b = new OnnxBuilder();
  const shape = [2, 6, 3, 3];
  b.input('x', 'float32', shape);
  const list = (f: (c: number) => number) =>
    b.constant(
      Array.from({ length: 6 }, (_, c) => f(c)),
      [6, 1, 1],
    );
  const gamma = list((c) => 1 + c / 4);
  const beta = list((c) => c / 8);
  b.output(spellGroupNorm(b, { x: 'x', shape, groups: 2, gamma, beta }), 'float32');
  const bytes = b.model(21, { irVersion: 10n });
  const [norm] = inspect(bytes).norms;
  expect(norm).toMatchObject({
    op: 'groupNorm',
    groups: 2,
    rewrite: { to: 'GroupNormalization', possible: true },
  });
  await expectOneNode(bytes, randomTensor(shape, randomFrom(3)), 'any', 'GroupNormalization');
  expect(mend(bytes, { target: 'wasm' }).changes).toEqual([]);
});

describe('Batch Norm folds into', () => {
  test.each(Object.entries({ ...FOLDS, ...MORE_FOLDS }))('%s', async (_, { shape, write }) => {
    const b = new OnnxBuilder();
    const random = randomFrom(11);
    b.input('x', 'float32', shape);
    b.output(write(b, 'x', random), 'float32');
    const bytes = b.model(17);
    const found = inspect(bytes).norms;
    expect(found.length).toBeGreaterThan(0);
    for (const norm of found) expect(norm).toMatchObject({ op: 'batchNorm', fold: { possible: true } });
    const mended = mend(bytes);
    expect(mended.norms).toEqual([]);
    const x = randomTensor(shape, random);
    const [before, after] = [await run(bytes, { x }), await run(mended.bytes, { x })];
    for (const name of Object.keys(before))
      expect(difference(before[name]!, after[name]!)).toBeLessThan(2e-6);
  });
});
