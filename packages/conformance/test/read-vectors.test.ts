import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  ModelProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
} from 'onnx-buf';
import { afterAll, describe, expect, test } from 'vitest';
import { readVectors, vectorsFolder } from '../src/files/index';
import { type Vector, vectorCases } from '../src/index';
import { sharedVectors } from './shared-vectors';

const folder = mkdtempSync(join(tmpdir(), 'read-vectors-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the vectors that come with the package are read from its folder', () => {
  const { vectors, leftOut } = readVectors([vectorsFolder()]);
  expect(vectors).toHaveLength(67);
  expect(leftOut).toEqual([]);
  expect(vectorCases(vectors).cases).toHaveLength(170);
});

test('what holds no vector is an error that names it', () => {
  const at = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  mkdirSync(join(folder, 'empty'));
  expect(() => readVectors([at('none.json', '[]')])).toThrow(
    /none.json: expected a JSON array of vectors, one/,
  );
  expect(() => readVectors([at('torn.json', '[')])).toThrow(/torn.json is no JSON/);
  expect(() => readVectors([join(folder, 'empty')])).toThrow(/empty holds no vector/);
  expect(() => readVectors([join(folder, 'absent')])).toThrow(/absent cannot be read/);
});

type Node = Parameters<typeof writeTestFolder>[1];

/** Writes one of ONNX's test folders with generated code, as ONNX's own script does. */
function writeTestFolder(
  name: string,
  vector: Pick<Vector, 'op' | 'attributes' | 'inputs' | 'outputs'>,
  opset = 23n,
): string {
  const set = join(folder, name, 'test_data_set_0');
  mkdirSync(set, { recursive: true });
  const attribute = Object.entries(vector.attributes).map(([title, value]) => {
    if (Array.isArray(value)) {
      return { name: title, ints: value.map(BigInt), type: AttributeProto_AttributeType.INTS };
    }
    const isWhole = ['axis', 'training_mode', 'num_groups', 'stash_type'].includes(title);
    return isWhole
      ? { name: title, i: BigInt(value as number), type: AttributeProto_AttributeType.INT }
      : { name: title, f: value as number, type: AttributeProto_AttributeType.FLOAT };
  });
  const values = (tensors: Vector['inputs']) => tensors.map((tensor) => ({ name: tensor.name }));
  const model = create(ModelProtoSchema, {
    opsetImport: [{ domain: '', version: opset }],
    graph: {
      node: [
        {
          opType: vector.op,
          attribute,
          input: vector.inputs.map((tensor) => tensor.name),
          output: vector.outputs.map((tensor) => tensor.name),
        },
      ],
      input: values(vector.inputs),
      output: values(vector.outputs),
    },
  });
  writeFileSync(join(folder, name, 'model.onnx'), toBinary(ModelProtoSchema, model));
  for (const kind of ['input', 'output'] as const) {
    vector[`${kind}s`].forEach(({ name: title, shape, data }, i) => {
      const tensor = create(TensorProtoSchema, {
        name: title,
        dims: shape.map(BigInt),
        dataType: TensorProto_DataType.FLOAT,
        rawData: new Uint8Array(Float32Array.from(data, Number).buffer),
      });
      writeFileSync(join(set, `${kind}_${i}.pb`), toBinary(TensorProtoSchema, tensor));
    });
  }
  return join(folder, name);
}

describe("ONNX's own test folders", () => {
  const onnx = sharedVectors('onnx') as Vector[] | null;

  test.runIf(onnx !== null)('give the cases that the same tests give as vectors', () => {
    const ours = onnx!.filter(({ op }) => op !== 'LpNormalization');
    for (const vector of ours) writeTestFolder(`onnx/${vector.name}`, vector);
    const read = readVectors([join(folder, 'onnx')]);
    expect(read.leftOut).toEqual([]);
    const byName = (cases: ReturnType<typeof vectorCases>['cases']) =>
      Object.fromEntries(cases.map(({ name, call, expected }) => [name, { call, expected }]));
    expect(byName(vectorCases(read.vectors).cases)).toEqual(byName(vectorCases(ours).cases));
    expect(read.vectors).toHaveLength(ours.length);
  });

  const tensor = (name: string, data: number[]) =>
    ({ name, dtype: 'float32', shape: [1, 1, 2], data }) as const;
  const node: Node = { op: 'InstanceNormalization', attributes: {}, inputs: [], outputs: [] };

  test('of other operators, and of older ones that mean something else, are left out by name', () => {
    writeTestFolder('others/relu', { ...node, op: 'Relu', inputs: [tensor('x', [1, 2])] });
    writeTestFolder('others/group_18', { ...node, op: 'GroupNormalization' }, 18n);
    expect(readVectors([join(folder, 'others')])).toEqual({
      vectors: [],
      leftOut: [
        { name: 'onnx/group_18', reason: 'GroupNormalization of operator set 18; expected 21 or later' },
        { name: 'onnx/relu', reason: 'ONNX operator Relu is none of the five operations' },
      ],
    });
  });

  test('inputs are known by their place, whatever the graph calls them', () => {
    const ones = { dtype: 'float32', shape: [1], data: [1] } as const;
    const path = writeTestFolder('renamed', {
      ...node,
      inputs: [tensor('image', [1, 3]), { name: 'weight', ...ones }, { name: 'shift', ...ones }],
      outputs: [tensor('result', [0, 2])],
    });
    const [vector] = readVectors([path]).vectors as Vector[];
    expect(vector.inputs.map(({ name }) => name)).toEqual(['x', 's', 'bias']);
    expect(vector.outputs.map(({ name }) => name)).toEqual(['y']);
    expect(vector.attributes).toEqual({ epsilon: 1e-5 });
  });

  test('torn files are refused by their folder', () => {
    const path = writeTestFolder('torn', { ...node, inputs: [tensor('x', [1, 2])] });
    writeFileSync(join(path, 'model.onnx'), Uint8Array.of(0xff, 0xff, 0xff));
    expect(() => readVectors([path])).toThrow(/test_data_set_0 is no ONNX test case/);
  });
});
