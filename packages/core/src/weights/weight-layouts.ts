import { NormError } from '../errors';
import { sizeOf } from '../tensor/tensor';

/** Which channels each element of a weight tensor joins. */
export interface WeightIndices {
  readonly inputs: number;
  readonly outputs: number;
  /** The input channel of the element at a flat index. */
  readonly inputOf: (index: number) => number;
  readonly outputOf: (index: number) => number;
}

/**
 * Where weight tensors keep their channels (k: the kernel's axes, g: groups):
 *
 * - `pytorch-conv`, `onnx-conv` [O, I / g, ...k]; `pytorch-conv-transpose`, `onnx-conv-transpose` [I, O / g, ...k]
 * - `pytorch-linear`, `onnx-gemm-transposed` (transB = 1) [O, I]; `onnx-gemm`, `onnx-matmul`, `keras-dense` [I, O]
 * - `keras-conv` [...k, I / g, O]; `keras-conv-transpose` [...k, O, I]; `keras-depthwise` [...k, I, multiplier]
 */
export type WeightLayout = keyof typeof WEIGHT_LAYOUTS;

/**
 * Which channels each weight joins, by layout: `WEIGHT_LAYOUTS[layout](shape, groups)`.
 *
 * @throws NormError `rank`, `groups`.
 *
 * @example
 * ```ts
 * import { WEIGHT_LAYOUTS } from '@normlayers/core/weights';
 *
 * const { inputs, outputs, inputOf, outputOf } = WEIGHT_LAYOUTS['pytorch-linear']([2, 3], 1);
 * assert.deepEqual([inputs, outputs, inputOf(4), outputOf(4)], [3, 2, 1, 1]);
 * ```
 */
export const WEIGHT_LAYOUTS = {
  'pytorch-conv': outputsFirst,
  'onnx-conv': outputsFirst,
  'pytorch-conv-transpose': inputsFirst,
  'onnx-conv-transpose': inputsFirst,
  'pytorch-linear': outputsFirst,
  'onnx-gemm-transposed': outputsFirst,
  'onnx-gemm': outputsLast,
  'onnx-matmul': outputsLast,
  'keras-dense': outputsLast,
  'keras-conv': outputsLast,
  'keras-conv-transpose': inputsLast,
  'keras-depthwise': depthwise,
} as const satisfies Record<string, (shape: readonly number[], groups: number) => WeightIndices>;

/** [O, I / g, ...k]: output o reads the inputs of its own group. */
function outputsFirst(shape: readonly number[], groups: number): WeightIndices {
  const [outputs, perGroup] = first(shape);
  checkGroups('output channels', outputs, groups);
  const kernel = sizeOf(shape.slice(2));
  const outputOf = (index: number) => Math.floor(index / (perGroup * kernel));
  return {
    inputs: perGroup * groups,
    outputs,
    outputOf,
    inputOf: (index) =>
      Math.floor(outputOf(index) / (outputs / groups)) * perGroup + (Math.floor(index / kernel) % perGroup),
  };
}

/** [I, O / g, ...k]: input i feeds the outputs of its own group. */
function inputsFirst(shape: readonly number[], groups: number): WeightIndices {
  const [inputs, perGroup] = first(shape);
  checkGroups('input channels', inputs, groups);
  const kernel = sizeOf(shape.slice(2));
  const inputOf = (index: number) => Math.floor(index / (perGroup * kernel));
  return {
    inputs,
    outputs: perGroup * groups,
    inputOf,
    outputOf: (index) =>
      Math.floor(inputOf(index) / (inputs / groups)) * perGroup + (Math.floor(index / kernel) % perGroup),
  };
}

/** [...k, I / g, O]. */
function outputsLast(shape: readonly number[], groups: number): WeightIndices {
  const [perGroup, outputs] = last(shape);
  checkGroups('output channels', outputs, groups);
  const outputOf = (index: number) => index % outputs;
  return {
    inputs: perGroup * groups,
    outputs,
    outputOf,
    inputOf: (index) =>
      Math.floor(outputOf(index) / (outputs / groups)) * perGroup + (Math.floor(index / outputs) % perGroup),
  };
}

/** [...k, O, I]. */
function inputsLast(shape: readonly number[], groups: number): WeightIndices {
  const [outputs, inputs] = last(shape);
  checkGroups('input channels', inputs, groups);
  if (groups !== 1)
    throw new NormError('groups', `groups is ${groups}; Keras's transposed convolutions have none.`, {
      argument: 'groups',
    });
  return {
    inputs,
    outputs,
    inputOf: (index) => index % inputs,
    outputOf: (index) => Math.floor(index / inputs) % outputs,
  };
}

/** [...k, I, multiplier]: input i makes the outputs from i * multiplier on. */
function depthwise(shape: readonly number[]): WeightIndices {
  const [inputs, multiplier] = last(shape);
  return {
    inputs,
    outputs: inputs * multiplier,
    inputOf: (index) => Math.floor(index / multiplier) % inputs,
    outputOf: (index) => index % (inputs * multiplier),
  };
}

function first(shape: readonly number[]): [number, number] {
  checkRank(shape);
  return [shape[0], shape[1]];
}

function last(shape: readonly number[]): [number, number] {
  checkRank(shape);
  return [shape[shape.length - 2], shape[shape.length - 1]];
}

function checkRank(shape: readonly number[]): void {
  if (shape.length < 2)
    throw new NormError('rank', `weight has shape [${shape}]; expected an input and an output axis.`, {
      argument: 'weight',
    });
}

function checkGroups(what: string, channels: number, groups: number): void {
  if (!(Number.isInteger(groups) && groups >= 1 && channels % groups === 0)) {
    throw new NormError('groups', `groups is ${groups}; expected a divisor of the ${channels} ${what}.`, {
      argument: 'groups',
    });
  }
}
