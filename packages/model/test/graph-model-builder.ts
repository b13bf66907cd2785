import type { TfjsArtifacts } from '../src/tfjs';
import { randomFrom } from './numbers';

/** A node of a graph model: its name, its operator, what it takes, and its attributes as `model.json` has them. */
export type NodeOf = readonly [name: string, op: string, input: readonly string[], attr?: object | undefined];

/** Numbers, their shape and, if it is not float32, their type. */
export type ConstantOf = readonly [numbers: readonly number[], shape: readonly number[], dtype?: string];

export const KEEP = { keep_dims: { b: true }, T: { type: 'DT_FLOAT' } };

/** Text as `model.json` has it. */
export const text = (one: string) => ({ s: btoa(one) });

const random = randomFrom(31);

/** Random numbers of a shape, none of them near 0. */
export function constantOf(...shape: number[]): ConstantOf {
  return [Array.from({ length: shape.reduce((all, one) => all * one, 1) }, () => 0.4 + random()), shape];
}

/** An input of the model. */
export function placeholder(name: string, ...sizes: number[]): NodeOf {
  const shape = { shape: { dim: sizes.map((size) => ({ size: String(size) })) } };
  return [name, 'Placeholder', [], { dtype: { type: 'DT_FLOAT' }, shape }];
}

function nodeDefs(nodes: readonly NodeOf[], constants: Readonly<Record<string, ConstantOf>>) {
  return [
    ...Object.keys(constants).map((name) => ({ name, op: 'Const' })),
    ...nodes.map(([name, op, input, attr = {}]) => ({ name, op, input, attr })),
  ];
}

/** The artifacts of a graph model: its nodes, with constants as weights, and the bodies of its functions. */
export function graphModel(
  nodes: readonly NodeOf[],
  constants: Readonly<Record<string, ConstantOf>>,
  functions: Readonly<
    Record<
      string,
      {
        readonly nodes: readonly NodeOf[];
        readonly constants: Readonly<Record<string, ConstantOf>>;
        readonly inputs: readonly string[];
        readonly returns: string;
      }
    >
  > = {},
): TfjsArtifacts {
  const all = { ...constants };
  for (const one of Object.values(functions)) Object.assign(all, one.constants);
  const entries = Object.entries(all);
  const bytes = entries.map(
    ([, [numbers, , type = 'float32']]) =>
      new Uint8Array((type === 'int32' ? Int32Array.from(numbers) : Float32Array.from(numbers)).buffer),
  );
  const bodies = Object.entries(functions).map(([name, body]) => ({
    signature: {
      name,
      inputArg: body.inputs.map((input) => ({ name: input, type: 'DT_FLOAT' })),
      outputArg: [{ name: 'result', type: 'DT_FLOAT' }],
    },
    nodeDef: nodeDefs(body.nodes, body.constants),
    ret: { result: body.returns },
  }));
  return {
    modelTopology: {
      node: nodeDefs(nodes, constants),
      versions: { producer: 1 },
      ...(bodies.length === 0 ? {} : { library: { function: bodies } }),
    },
    format: 'graph-model',
    weightSpecs: entries.map(([name, [, shape, dtype = 'float32']]) => ({ name, shape, dtype })),
    weightData: new Uint8Array(bytes.flatMap((one) => [...one])).buffer,
  };
}

/** The operators that are left, constants aside. */
export function operatorsOf({ modelTopology }: TfjsArtifacts): string[] {
  const { node } = modelTopology as { node: { op: string }[] };
  return node.map(({ op }) => op).filter((op) => op !== 'Const' && op !== 'Placeholder');
}

/** A convolution as `model.json` describes it. */
export const CONV = {
  dilations: { list: { i: ['1', '1', '1', '1'] } },
  strides: { list: { i: ['1', '1', '1', '1'] } },
  padding: text('SAME'),
  data_format: text('NHWC'),
};

export const BATCH_NORM = { epsilon: { f: 0.01 }, is_training: { b: false }, data_format: text('NHWC') };

/** gamma, beta, mean and variance of Batch Norms: their names, and numbers. */
export function batchNormOf(prefix: string, channels: number): [string[], Record<string, ConstantOf>] {
  const names = ['gamma', 'beta', 'mean', 'variance'].map((role) => `${prefix}/${role}`);
  return [names, Object.fromEntries(names.map((name) => [name, constantOf(channels)]))];
}

/** Two convolutions, each with a Batch Norm and a Relu behind it. */
export function convolutionsWithBatchNorms(): TfjsArtifacts {
  const [one, ofOne] = batchNormOf('one', 4);
  const [two, ofTwo] = batchNormOf('two', 3);
  const nodes: NodeOf[] = [
    placeholder('x', 1, 6, 6, 2),
    ['conv', 'Conv2D', ['x', 'kernel'], CONV],
    ['bn', 'FusedBatchNormV3', ['conv', ...one], BATCH_NORM],
    ['relu', 'Relu', ['bn']],
    ['conv_1', 'Conv2D', ['relu', 'kernel_1'], CONV],
    ['bn_1', 'FusedBatchNormV3', ['conv_1', ...two], BATCH_NORM],
    ['relu_1', 'Relu', ['bn_1']],
  ];
  const kernels = { kernel: constantOf(3, 3, 2, 4), kernel_1: constantOf(3, 3, 4, 3) };
  return graphModel(nodes, { ...kernels, ...ofOne, ...ofTwo });
}
