import { create } from '@bufbuild/protobuf';
import { FunctionProtoSchema } from 'onnx-buf';
import { describe, expect, test } from 'vitest';
import { inspect, mend } from '../src/index';
import { difference, randomFrom, randomTensor } from './numbers';
import { OnnxBuilder, valueInfo } from './onnx-builder';
import { ort, run } from './runtime';
import { batchNorm, spell } from './spellings';

const range = (length: number, f: (i: number) => number) => Array.from({ length }, (_, i) => f(i));

/** Mends a model and runs both: whatever was found, the answer stays. Gives what was found. */
async function mendedAlike(bytes: Uint8Array, feeds: Record<string, ort.Tensor>, most = 1e-6) {
  const mended = mend(bytes);
  const [before, after] = [await run(bytes, feeds), await run(mended.bytes, feeds)];
  for (const name of Object.keys(before)) expect(difference(before[name]!, after[name]!)).toBeLessThan(most);
  return { norms: inspect(bytes).norms, changes: mended.changes };
}

const x = (shape: readonly number[]) => randomTensor(shape, randomFrom(5));

describe('Layer Norm that is not, or not only, a Layer Norm', () => {
  test('its mean drops the axis, and a square input broadcasts along the other (onnxruntime #30513)', async () => {
    const b = new OnnxBuilder();
    b.input('x', 'float32', [4, 4]);
    const mean = (value: string) => b.node('ReduceMean', [value], { axes: [-1], keepdims: 0 });
    const c = b.node('Sub', ['x', mean('x')]);
    const v = mean(b.node('Mul', [c, c]));
    const q = b.node('Div', [c, b.node('Sqrt', [b.node('Add', [v, b.constant(1e-5)])])]);
    b.output(b.node('Mul', [q, b.constant([1, 2, 3, 4])]));
    const { norms, changes } = await mendedAlike(b.model(17), { x: x([4, 4]) });
    expect(norms[0]!.rewrite).toMatchObject({ possible: false, reason: 'keepdims' });
    expect(changes).toEqual([]);
  });

  test('an input of rank 1, where the quotient has the rank of a scale (#31147)', async () => {
    const b = new OnnxBuilder();
    b.input('x', 'float32', [5]);
    b.output(
      spell(
        b,
        {},
        { opset: 17, x: 'x', rank: 1, axes: [0], gamma: b.constant(range(5, (i) => i + 1)), beta: null },
      ),
    );
    const { changes } = await mendedAlike(b.model(17), { x: x([5]) });
    expect(changes).toHaveLength(1);
  });

  test.each([
    ['gamma', true],
    ['gamma of RMS Norm', false],
  ])('%s enlarges the input (#31980, #32603): the product stays', async (_, centred) => {
    const b = new OnnxBuilder();
    b.input('x', 'float32', [1, 1]);
    const place = { opset: 23, x: 'x', rank: 2, axes: [1], gamma: b.constant([3, 2]), beta: null };
    b.output(spell(b, { centred }, place), 'float32', [1, 2]);
    const { norms } = await mendedAlike(b.model(23, { irVersion: 10n }), { x: x([1, 1]) });
    expect(norms[0]).toMatchObject({ gamma: null, rewrite: { possible: true } });
  });

  test('symbolic sizes only look equal', async () => {
    const b = new OnnxBuilder();
    b.input('x', 'float32', ['n', 'c']);
    const place = { opset: 17, x: 'x', rank: 2, axes: [1], gamma: b.constant([1, 2, 3]), beta: null };
    b.output(spell(b, {}, place));
    const { norms } = await mendedAlike(b.model(17), { x: x([2, 3]) });
    expect(norms[0]!.rewrite).toMatchObject({ possible: false, reason: 'unknown-size' });
  });

  test('an inner value is used elsewhere', async () => {
    const b = new OnnxBuilder();
    b.input('x', 'float32', [2, 4]);
    const y = spell(b, {}, { opset: 17, x: 'x', rank: 2, axes: [1], gamma: null, beta: null });
    b.output(y);
    const root = b.graph.node.find(({ opType }) => opType === 'Sqrt')!.output[0]!;
    b.output(b.node('Mul', [root, b.constant(3)]));
    const { norms, changes } = await mendedAlike(b.model(17), { x: x([2, 4]) });
    expect(norms[0]!.rewrite).toMatchObject({ possible: false, reason: 'inner-value-used' });
    expect(changes).toEqual([]);
  });

  test('the quotient is an output too: what comes before gamma is the Layer Norm', async () => {
    const b = new OnnxBuilder();
    b.input('x', 'float32', [2, 4]);
    const gamma = b.constant([1, 2, 3, 4]);
    b.output(spell(b, {}, { opset: 17, x: 'x', rank: 2, axes: [1], gamma, beta: null }));
    b.output(b.graph.node.find(({ opType }) => opType === 'Div')!.output[0]!);
    const { norms, changes } = await mendedAlike(b.model(17), { x: x([2, 4]) });
    expect(norms[0]).toMatchObject({ gamma: null, rewrite: { possible: true } });
    expect(changes).toHaveLength(1);
  });

  test('gamma computed by the model stays a product; gamma as an input of the model is taken', async () => {
    for (const [shape, gammaIs] of [
      [[4], 'g'],
      [[2, 4], null],
    ] as const) {
      const b = new OnnxBuilder();
      b.input('x', 'float32', [2, 4]);
      b.input('g', 'float32', shape);
      b.output(spell(b, {}, { opset: 17, x: 'x', rank: 2, axes: [1], gamma: 'g', beta: null }));
      const { norms, changes } = await mendedAlike(b.model(17), { x: x([2, 4]), g: x(shape) });
      expect(norms[0]).toMatchObject({ gamma: gammaIs, rewrite: { possible: true } });
      expect(changes).toHaveLength(1);
    }
  });

  test('its two means are over other axes', async () => {
    const b = new OnnxBuilder();
    b.input('x', 'float32', [3, 3]);
    const c = b.node('Sub', ['x', b.node('ReduceMean', ['x'], { axes: [0] })]);
    const v = b.node('ReduceMean', [b.node('Mul', [c, c])], { axes: [1] });
    b.output(b.node('Div', [c, b.node('Sqrt', [b.node('Add', [v, b.constant(1e-5)])])]));
    const { norms } = await mendedAlike(b.model(17), { x: x([3, 3]) });
    // The second half alone is an RMS Norm of x - mean(x).
    expect(norms.map(({ op }) => op)).toEqual(['rmsNorm']);
  });

  test('means without axes are over all of them; with noop_with_empty_axes over none', async () => {
    for (const [noop, found] of [
      [0, ['layerNorm']],
      [1, []],
    ] as const) {
      const b = new OnnxBuilder();
      b.input('x', 'float32', [2, 3]);
      const mean = (value: string) => b.node('ReduceMean', [value], { noop_with_empty_axes: noop });
      const c = b.node('Sub', ['x', mean('x')]);
      const v = mean(b.node('Mul', [c, c]));
      b.output(b.node('Div', [c, b.node('Sqrt', [b.node('Add', [v, b.constant(1e-5)])])]));
      const { norms } = await mendedAlike(b.model(18), { x: x([2, 3]) });
      expect(norms.map(({ op }) => op)).toEqual(found);
      if (noop === 0) expect(norms[0]!.axes).toEqual([0, 1]);
    }
  });

  test('the standard deviation with epsilon outside of the root is no norm of ours', () => {
    const b = new OnnxBuilder();
    b.input('x', 'float32', [2, 4]);
    const c = b.node('Sub', ['x', b.node('ReduceMean', ['x'], { axes: [1] })]);
    const v = b.node('ReduceMean', [b.node('Mul', [c, c])], { axes: [1] });
    b.output(b.node('Div', [c, b.node('Add', [b.node('Sqrt', [v]), b.constant(1e-5)])]));
    expect(inspect(b.model(17)).norms).toEqual([]);
  });
});

describe('types', () => {
  const CAST = { float16: 10, float32: 1 } as const;

  test('an island of float32 in a float16 model becomes one operator of float16', async () => {
    for (const centred of [true, false]) {
      const b = new OnnxBuilder();
      b.input('x32', 'float32', [2, 8]);
      const x16 = b.node('Cast', ['x32'], { to: CAST.float16 });
      const wide = b.node('Cast', [x16], { to: CAST.float32 });
      const y = spell(b, { centred }, { opset: 17, x: wide, rank: 2, axes: [1], gamma: null, beta: null });
      const back = b.node('Cast', [y], { to: CAST.float16 });
      const scaled = b.node('Mul', [
        b.constant(
          range(8, (i) => i / 4 + 1),
          [8],
          'float16',
        ),
        back,
      ]);
      b.output(b.node('Cast', [scaled], { to: CAST.float32 }));
      const mended = mend(b.model(17), { target: 'wasm' });
      const op = centred ? 'LayerNormalization' : 'SimplifiedLayerNormalization';
      expect(mended.norms).toMatchObject([{ spelling: op, dtype: 'float16', input: x16 }]);
      const feeds = { x32: x([2, 8]) };
      const [before, after] = [await run(b.model(17), feeds), await run(mended.bytes, feeds)];
      // One rounding to float16 fewer.
      for (const name of Object.keys(before))
        expect(difference(before[name]!, after[name]!)).toBeLessThan(1e-3);
    }
  });

  test('a chain that computes in a narrower type than it gives is left alone', async () => {
    const b = new OnnxBuilder();
    b.input('x', 'float32', [2, 8]);
    const c = b.node('Sub', ['x', b.node('ReduceMean', ['x'], { axes: [1] })]);
    const narrow = b.node('Cast', [c], { to: CAST.float16 });
    const square = b.node('Cast', [b.node('Mul', [narrow, narrow])], { to: CAST.float32 });
    const v = b.node('ReduceMean', [square], { axes: [1] });
    b.output(b.node('Div', [c, b.node('Sqrt', [b.node('Add', [v, b.constant(1e-5)])])]));
    const { norms, changes } = await mendedAlike(b.model(17), { x: x([2, 8]) });
    expect(norms[0]!.rewrite).toMatchObject({ possible: false, reason: 'mixed-types' });
    expect(changes).toEqual([]);
  });

  test('an epsilon that float16 has made 0 is told', () => {
    const b = new OnnxBuilder();
    b.input('x', 'float16', [2, 8]);
    const place = { opset: 17, x: 'x', rank: 2, axes: [1], gamma: null, beta: null };
    b.output(spell(b, {}, { ...place, epsilon: 1e-12, type: 'float16' }), 'float16');
    expect(inspect(b.model(17)).norms[0]).toMatchObject({ epsilon: 0, notes: ['epsilon-vanished'] });
  });
});

describe('Batch Norm that does not fold', () => {
  const random = randomFrom(2);
  const weight = (b: OnnxBuilder, shape: readonly number[]) =>
    b.constant(
      range(
        shape.reduce((all, one) => all * one, 1),
        () => random() - 0.5,
      ),
      shape,
    );

  const cases: Record<string, [readonly number[], string, (b: OnnxBuilder) => string]> = {
    'before a Conv that pads': [
      [1, 3, 4, 4],
      'padding',
      (b) => b.node('Conv', [batchNorm(b, 'x', 3, random), weight(b, [2, 3, 3, 3])], { pads: [1, 1, 1, 1] }),
    ],
    'before a ConvTranspose': [
      [1, 3, 4, 4],
      'padding',
      (b) =>
        b.node('ConvTranspose', [batchNorm(b, 'x', 3, random), weight(b, [3, 2, 3, 3])], { strides: [2, 2] }),
    ],
    'after a Conv whose result is used twice': [
      [1, 3, 4, 4],
      'used-elsewhere',
      (b) => {
        const y = b.node('Conv', ['x', weight(b, [3, 3, 1, 1])]);
        return b.node('Add', [batchNorm(b, y, 3, random), y]);
      },
    ],
    'before two users': [
      [1, 3, 4, 4],
      'used-elsewhere',
      (b) => {
        const y = batchNorm(b, 'x', 3, random);
        return b.node('Add', [b.node('Conv', [y, weight(b, [3, 3, 1, 1])]), y]);
      },
    ],
    'after a Reshape that moves the channels': [
      [4, 6],
      'channel-axis',
      (b) => {
        const y = b.node('MatMul', ['x', weight(b, [6, 6])]);
        return batchNorm(b, b.node('Reshape', [y, b.constant([4, 3, 2], [3], 'int64')]), 3, random);
      },
    ],
    'after a MatMul of rank 3, whose channels are on the last axis': [
      [2, 3, 4],
      'channel-axis',
      (b) => batchNorm(b, b.node('MatMul', ['x', weight(b, [4, 3])]), 3, random),
    ],
    alone: [
      [1, 3, 4, 4],
      'no-linear-layer',
      (b) => b.node('Relu', [batchNorm(b, b.node('Relu', ['x']), 3, random)]),
    ],
    'after a Conv whose weights are computed': [
      [1, 3, 4, 4],
      'weights-computed',
      (b) => {
        const w = b.node('Relu', [weight(b, [3, 3, 1, 1])]);
        return batchNorm(b, b.node('Conv', ['x', w]), 3, random);
      },
    ],
  };
  test.each(Object.entries(cases))('%s', async (_, [shape, reason, write]) => {
    const b = new OnnxBuilder();
    b.input('x', 'float32', shape);
    b.output(write(b));
    const { norms, changes } = await mendedAlike(b.model(17), { x: x(shape) });
    expect(norms.map(({ fold }) => fold)).toMatchObject([{ possible: false, reason }]);
    expect(changes).toEqual([]);
  });

  test('in training mode', () => {
    const b = new OnnxBuilder();
    b.input('x', 'float32', [2, 3, 4, 4]);
    const y = b.node('Conv', ['x', weight(b, [3, 3, 1, 1])]);
    const p = [1, 0, 0, 1].map((one) => b.constant([one, one, one]));
    b.output(b.node('BatchNormalization', [y, ...p], { training_mode: 1 }, ['y', 'm', 'v']));
    const bytes = b.model(17);
    expect(inspect(bytes).norms).toMatchObject([
      { notes: ['training-mode'], fold: { possible: false, reason: 'training-mode' } },
    ]);
    expect(mend(bytes).bytes).toBe(bytes);
  });

  test('weights that would overflow', () => {
    const b = new OnnxBuilder();
    b.input('x', 'float16', [1, 2, 4, 4]);
    const y = b.node('Conv', ['x', b.constant([60000, 1, 1, 1], [2, 2, 1, 1], 'float16')]);
    const p = [
      [2, 1],
      [0, 0],
      [0, 0],
      [1, 1],
    ].map((list) => b.constant(list, [2], 'float16'));
    b.output(b.node('BatchNormalization', [y, ...p]), 'float16');
    expect(inspect(b.model(17)).norms[0]!.fold).toMatchObject({ possible: false, reason: 'overflow' });
  });
});

describe('places', () => {
  test('in the branches of an If, with values from around it', async () => {
    const branch = (centred: boolean) => {
      const b = new OnnxBuilder();
      const place = { opset: 17, x: 'x', rank: 2, axes: [1], gamma: null, beta: null };
      // Names of nested graphs must not be those of the outer one.
      const y = spell(b, { centred }, place);
      for (const node of b.graph.node) {
        node.input = node.input.map((name) => (name === 'x' ? name : `${centred}${name}`));
        node.output = node.output.map((name) => `${centred}${name}`);
      }
      for (const tensor of b.graph.initializer) tensor.name = `${centred}${tensor.name}`;
      b.graph.output.push(valueInfo(`${centred}${y}`, 'float32', [2, 4]));
      return b.graph;
    };
    const b = new OnnxBuilder();
    b.input('x', 'float32', [2, 4]);
    b.input('c', 'bool', []);
    b.output(
      b.node('If', ['c'], { then_branch: branch(true), else_branch: branch(false) }),
      'float32',
      [2, 4],
    );
    const bytes = b.model(17);
    const mended = mend(bytes, { target: 'wasm' });
    expect(mended.norms.map(({ graph, spelling }) => [graph, spelling])).toEqual([
      ['If_0/then_branch', 'LayerNormalization'],
      ['If_0/else_branch', 'SimplifiedLayerNormalization'],
    ]);
    for (const c of [true, false]) {
      const feeds = { x: x([2, 4]), c: new ort.Tensor('bool', [c], []) };
      const [before, after] = [await run(bytes, feeds), await run(mended.bytes, feeds)];
      for (const name of Object.keys(before))
        expect(difference(before[name]!, after[name]!)).toBeLessThan(1e-6);
    }
  });

  test('a value that a nested graph uses is used', () => {
    const b = new OnnxBuilder();
    b.input('x', 'float32', [2, 4]);
    b.input('c', 'bool', []);
    const y = spell(b, {}, { opset: 17, x: 'x', rank: 2, axes: [1], gamma: null, beta: null });
    const inner = new OnnxBuilder();
    const used = b.graph.node.find(({ opType }) => opType === 'Sub')!.output[0]!;
    inner.graph.output.push(valueInfo(inner.node('Neg', [used], {}, ['inner']), 'float32', [2, 4]));
    b.output(b.node('If', ['c'], { then_branch: inner.graph, else_branch: inner.graph }), 'float32', [2, 4]);
    b.output(y);
    expect(inspect(b.model(17)).norms[0]!.rewrite).toMatchObject({ reason: 'inner-value-used' });
  });

  test('in a function of another opset, where it is found and left', () => {
    const body = new OnnxBuilder();
    const y = spell(body, {}, { opset: 17, x: 'a', rank: 2, axes: [1], gamma: null, beta: null });
    const constants = body.graph.initializer.map((tensor) => {
      const b = new OnnxBuilder();
      b.node('Constant', [], { value: tensor }, [tensor.name]);
      return b.graph.node[0]!;
    });
    const lnFunction = create(FunctionProtoSchema, {
      name: 'MyNorm',
      domain: 'mine',
      input: ['a'],
      output: [y],
      node: [...constants, ...body.graph.node],
      opsetImport: [{ domain: '', version: 16n }],
    });
    const b = new OnnxBuilder();
    b.input('x', 'float32', [2, 4]);
    b.output(b.node('MyNorm', ['x'], {}, ['y'], 'mine'));
    const bytes = b.model(17, { functions: [lnFunction], domains: ['mine'] });
    expect(inspect(bytes).norms).toMatchObject([
      { op: 'layerNorm', graph: 'function MyNorm', rewrite: { possible: false, reason: 'nested' } },
    ]);
    expect(mend(bytes).bytes).toBe(bytes);
  });
});
