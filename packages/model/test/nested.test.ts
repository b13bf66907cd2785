import { create, fromBinary } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  FunctionProtoSchema,
  type GraphProto,
  ModelProtoSchema,
  OperatorSetIdProtoSchema,
} from 'onnx-buf';
import { expect, test } from 'vitest';
import { inspect, judgeModel, mend } from '../src/index';
import { difference, randomFrom, randomTensor } from './numbers';
import { OnnxBuilder, valueInfo } from './onnx-builder';
import { run, runWasm as wasm } from './runtime';
import { spell } from './spellings';

const SIZE = 8;
const gammaOf = (b: OnnxBuilder) => b.constant(Array.from({ length: SIZE }, (_, i) => 1 + i / 4));
const numbers = (rows: number, offset = 0) =>
  Float32Array.from({ length: rows * SIZE }, (_, i) => offset + Math.sin(i * i));
const tensor = (rows: number, offset = 0) => ({
  type: 'float32',
  dims: [rows, SIZE],
  data: numbers(rows, offset),
});

test('a norm in a function is judged in each call, with the attributes of the call', async () => {
  const inner = new OnnxBuilder();
  inner.node('LayerNormalization', ['a', 'g'], { axis: -1 }, ['b']);
  inner.graph.node[0]!.attribute.push(
    create(AttributeProtoSchema, { name: 'epsilon', refAttrName: 'eps', type: AttributeType.FLOAT }),
  );
  const own = create(FunctionProtoSchema, {
    name: 'Normalize',
    domain: 'own',
    input: ['a', 'g'],
    output: ['b'],
    attribute: ['eps'],
    node: inner.graph.node,
    opsetImport: [create(OperatorSetIdProtoSchema, { version: 17n })],
  });
  const b = new OnnxBuilder();
  b.input('x', 'float32', [2, SIZE]);
  const gamma = gammaOf(b);
  const first = b.node('Normalize', ['x', gamma], { eps: { float: 1e-3 } }, undefined, 'own');
  b.output(b.node('Normalize', [first, gamma], { eps: { float: 1e-6 } }, undefined, 'own'));
  const bytes = b.model(17, { functions: [own], domains: ['own'] });
  const { norms } = await judgeModel(bytes, { providers: { wasm }, inputs: { x: tensor(2) } });
  expect(norms.map(({ epsilon }) => epsilon)).toEqual([Math.fround(1e-3), Math.fround(1e-6)]);
  for (const { measured } of norms) expect(['accurate', 'ordinary']).toContain(measured!.grades.wasm);
});

/** y of a function's body as ONNX's FunctionProto; its constants are nodes, since functions have no initializers. */
function functionOf(name: string, input: string[], output: string, body: OnnxBuilder) {
  const constants = body.graph.initializer.map((value) => {
    const b = new OnnxBuilder();
    b.node('Constant', [], { value }, [value.name]);
    return b.graph.node[0]!;
  });
  return create(FunctionProtoSchema, {
    name,
    domain: 'own',
    input,
    output: [output],
    node: [...constants, ...body.graph.node],
    opsetImport: [
      { domain: '', version: 17n },
      { domain: 'own', version: 1n },
    ],
  });
}

test('a norm in functions is mended in each call, by what its caller knows; other functions stay', async () => {
  const layerNorm = new OnnxBuilder();
  const normed = spell(layerNorm, {}, { opset: 17, x: 'a', rank: 2, axes: [1], gamma: 'g', beta: null });
  const convolution = new OnnxBuilder();
  convolution.node('Conv', ['a', 'w'], { pads: [1, 1, 1, 1] }, ['convolved']);
  convolution.node('BatchNormalization', ['convolved', 'g', 'g', 'g', 'g'], {}, ['b']);
  const outer = new OnnxBuilder();
  outer.node('Normalize', ['a', 'g'], {}, ['b'], 'own');
  const gelu = new OnnxBuilder();
  gelu.node('Relu', ['a'], {}, ['b']);
  const functions = [
    functionOf('Normalize', ['a', 'g'], normed, layerNorm),
    functionOf('Convolve', ['a', 'w', 'g'], 'b', convolution),
    functionOf('Outer', ['a', 'g'], 'b', outer),
    functionOf('Activate', ['a'], 'b', gelu),
  ];
  const b = new OnnxBuilder();
  b.input('x', 'float32', [2, SIZE]);
  b.input('image', 'float32', [1, 2, 4, 4]);
  const first = b.node('Normalize', ['x', gammaOf(b)], {}, undefined, 'own');
  const second = b.node('Outer', [first, b.constant(new Array<number>(SIZE).fill(3))], {}, undefined, 'own');
  b.output(b.node('Activate', [second], {}, undefined, 'own'));
  const weights = b.constant(
    Array.from({ length: 36 }, (_, i) => Math.sin(i)),
    [2, 2, 3, 3],
  );
  b.output(b.node('Convolve', ['image', weights, b.constant([2, 3])], {}, undefined, 'own'));
  const bytes = b.model(17, { functions, domains: ['own'] });
  expect(inspect(bytes).norms.map(({ op, graph, rewrite, fold }) => [op, graph, rewrite ?? fold])).toEqual([
    ['layerNorm', '', { to: 'LayerNormalization', possible: true }],
    ['layerNorm', '', { to: 'LayerNormalization', possible: true }],
    ['batchNorm', '', { into: 'Convolve_3_4/Conv_0', possible: true }],
  ]);
  const { bytes: mended, changes } = mend(bytes);
  expect(changes.map(({ kind }) => kind)).toEqual(['fold', 'fuse', 'fuse']);
  const model = fromBinary(ModelProtoSchema, mended);
  expect(model.functions.map(({ name }) => name)).toEqual(['Activate']);
  expect(model.graph!.node.map(({ opType }) => opType)).toEqual([
    'LayerNormalization',
    'LayerNormalization',
    'Activate',
    'Conv',
  ]);
  const random = randomFrom(4);
  const feeds = { x: randomTensor([2, SIZE], random), image: randomTensor([1, 2, 4, 4], random) };
  const [before, after] = [await run(bytes, feeds), await run(mended, feeds)];
  for (const [name, one] of Object.entries(before)) expect(difference(one, after[name]!)).toBeLessThan(1e-6);
});

/** A branch with a Layer Norm of x, which is of the graph around it. */
function branch(name: string, offset: number): GraphProto {
  const b = new OnnxBuilder();
  const far = b.node('Add', ['x', b.constant(offset, [], 'float32', `${name}_offset`)], {}, [`${name}_far`]);
  const gamma = b.constant(new Array<number>(SIZE).fill(2), [SIZE], 'float32', `${name}_gamma`);
  b.node('LayerNormalization', [far, gamma], { axis: -1 }, [`${name}_y`]);
  b.output(`${name}_y`, 'float32', [2, SIZE]);
  b.graph.name = name;
  return b.graph;
}

test('of an If the branch that is taken is judged', async () => {
  const b = new OnnxBuilder();
  b.input('x', 'float32', [2, SIZE]);
  b.input('which', 'bool', []);
  b.output(b.node('If', ['which'], { then_branch: branch('yes', 0), else_branch: branch('no', 100) }));
  const bytes = b.model(17);
  for (const which of [0, 1]) {
    const inputs = { x: tensor(2), which: { type: 'bool', dims: [], data: Uint8Array.of(which) } };
    const { norms } = await judgeModel(bytes, { providers: { wasm }, inputs });
    const [taken, other] = which === 1 ? norms : [...norms].reverse();
    expect(other!.unmeasured!.reason).toBe('not-reached');
    expect(taken!.measured!.kappa > 50).toBe(which === 0);
    expect(taken!.measured!.grades.wasm).not.toBe('wrong');
  }
});

test('all iterations of a Loop are judged, the hardest counts', async () => {
  const body = new OnnxBuilder();
  body.graph.input.push(
    valueInfo('i', 'int64', []),
    valueInfo('go', 'bool', []),
    valueInfo('state', 'float32', [2, SIZE]),
  );
  const gamma = body.constant(new Array<number>(SIZE).fill(1), [SIZE], 'float32', 'gamma');
  body.node('LayerNormalization', ['state', gamma], { axis: -1 }, ['normed']);
  body.node('Add', ['state', body.constant(100, [], 'float32', 'step')], {}, ['next']);
  body.node('Identity', ['go'], {}, ['on']);
  for (const [name, type] of [
    ['on', 'bool'],
    ['next', 'float32'],
    ['normed', 'float32'],
  ] as const)
    body.output(name, type, type === 'bool' ? [] : [2, SIZE]);
  const b = new OnnxBuilder();
  b.input('x', 'float32', [2, SIZE]);
  b.node('Loop', [b.constant([3], [], 'int64'), '', 'x'], { body: body.graph }, ['last', 'all']);
  b.output('all', 'float32');
  const { norms } = await judgeModel(b.model(17), { providers: { wasm }, inputs: { x: tensor(2) } });
  expect(norms).toHaveLength(1);
  // 0, 100 and 200 away.
  expect(norms[0]!.measured!.kappa).toBeGreaterThan(200);
  expect(norms[0]!.measured!.largest).toBeCloseTo(201, -1);
  expect(norms[0]!.measured!.grades.wasm).not.toBe('wrong');
});

test('an operator that adds first is judged on the sum', async () => {
  const b = new OnnxBuilder();
  b.input('x', 'float32', [1, 2, SIZE]);
  const skip = b.node('Add', ['x', b.constant(50)]);
  const gamma = gammaOf(b);
  b.output(b.node('SkipLayerNormalization', ['x', skip, gamma, gamma], {}, undefined, 'com.microsoft'));
  b.output(b.node('SkipSimplifiedLayerNormalization', ['x', skip, gamma], {}, undefined, 'com.microsoft'));
  const bytes = b.model(17, { domains: ['com.microsoft'] });
  const inputs = { x: { ...tensor(2), dims: [1, 2, SIZE] } };
  const { norms } = await judgeModel(bytes, { providers: { wasm }, inputs });
  expect(norms.map(({ op }) => op)).toEqual(['layerNorm', 'rmsNorm']);
  for (const { measured } of norms) {
    expect(measured!.largest).toBeGreaterThan(50);
    expect(measured!.digits.wasm).toBeGreaterThan(4.5);
  }
});

test('gamma and beta of each sample’s own, as of adaptive Layer Norm', async () => {
  const b = new OnnxBuilder();
  b.input('x', 'float32', [2, 3, SIZE]);
  b.input('scale', 'float32', [2, 1, SIZE]);
  const mean = b.node('ReduceMean', ['x'], { axes: [-1] });
  const centred = b.node('Sub', ['x', mean]);
  const variance = b.node('ReduceMean', [b.node('Mul', [centred, centred])], { axes: [-1] });
  const root = b.node('Sqrt', [b.node('Add', [variance, b.constant(1e-5)])]);
  b.output(b.node('Mul', [b.node('Div', [centred, root]), 'scale']));
  const inputs = { x: { ...tensor(6), dims: [2, 3, SIZE] }, scale: { ...tensor(2, 1), dims: [2, 1, SIZE] } };
  const { norms } = await judgeModel(b.model(17), { providers: { wasm }, inputs });
  expect(norms).toHaveLength(1);
  expect(norms[0]!.measured!.digits.wasm).toBeGreaterThan(5.5);
});
