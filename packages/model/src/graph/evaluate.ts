import { sizeOf } from '@normlayers/core/adapter';
import { broadcast, broadcastShape, type Constant, constantOf } from './constant';
import { isOp, type Node, numberOf, numbersOf, type Value } from './graph';

/** Parameters are small: nothing beyond this many elements is computed. */
const MOST = 1 << 22;

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Pow: (a, b) => a ** b,
};

const UNARY: Readonly<Record<string, (a: number) => number>> = {
  Identity: (a) => a,
  Neg: (a) => -a,
  Sqrt: Math.sqrt,
  Reciprocal: (a) => 1 / a,
  Exp: Math.exp,
  Abs: Math.abs,
};

/**
 * The numbers of a value that no input changes, such as Gemma's 1 + w: in float64, not yet rounded to the value's type.
 *
 * @returns null where an input changes it, or an operator is not one of those known here.
 */
export function evaluated(value: Value | null, depth = 8): Constant | null {
  if (value === null || depth === 0) return null;
  if (value.constant !== null) return value.constant;
  const node = value.producer;
  if (node === null || node.domain !== '' || node.outputs[0] !== value) return null;
  const inputs = node.inputs.map((input) => evaluated(input, depth - 1));
  const x = inputs[0];
  if (x == null || sizeOf(x.shape) > MOST) return null;
  const unary = UNARY[node.op];
  if (unary !== undefined) return mapped(x, value, unary);
  const binary = BINARY[node.op];
  if (binary !== undefined) return joinedBy(binary, x, inputs[1] ?? null, value);
  return rearranged(node, value, x, inputs);
}

function mapped(x: Constant, value: Value, f: (a: number) => number): Constant {
  return {
    type: value.type ?? x.type,
    shape: x.shape,
    read: () => x.read()?.map(f) ?? null,
  };
}

function joinedBy(
  f: (a: number, b: number) => number,
  x: Constant,
  y: Constant | null,
  value: Value,
): Constant | null {
  if (y === null || isInteger(x) || isInteger(y)) return null;
  const shape = broadcastShape(x.shape, y.shape);
  if (shape === null || sizeOf(shape) > MOST) return null;
  return {
    type: value.type ?? x.type,
    shape,
    read() {
      const left = x.read();
      const right = y.read();
      if (left === null || right === null) return null;
      const a = broadcast(left, x.shape, shape)!;
      const b = broadcast(right, y.shape, shape)!;
      return a.map((number, i) => f(number, b[i]!));
    },
  };
}

function isInteger({ type }: Constant): boolean {
  return !type.includes('float');
}

function rearranged(
  node: Node,
  value: Value,
  x: Constant,
  inputs: readonly (Constant | null)[],
): Constant | null {
  const given = (i: number, name: string) => numbersOf(node, name) ?? listOf(inputs[i] ?? null);
  const as = (shape: readonly number[]): Constant => ({ ...x, type: value.type ?? x.type, shape });
  if (isOp(node, 'Cast')) {
    return value.type?.includes('float') ? as(x.shape) : null;
  }
  if (isOp(node, 'Reshape')) {
    const shape = given(1, 'shape');
    return shape === null ? null : withShape(reshaped(x.shape, shape, numberOf(node, 'allowzero', 0) === 1));
  }
  if (isOp(node, 'Unsqueeze')) {
    const axes = given(1, 'axes');
    return axes === null ? null : withShape(unsqueezed(x.shape, axes));
  }
  if (isOp(node, 'Squeeze')) {
    const axes = given(1, 'axes');
    if (axes === null) return as(x.shape.filter((size) => size !== 1));
    const at = new Set(axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis)));
    return as(x.shape.filter((_, axis) => !at.has(axis)));
  }
  if (isOp(node, 'Expand')) {
    const shape = listOf(inputs[1] ?? null);
    const target = shape && broadcastShape(x.shape, shape);
    if (!target || sizeOf(target) > MOST) return null;
    const numbers = x.read();
    const wide = numbers && broadcast(numbers, x.shape, target);
    return wide && constantOf(x.type, target, wide);
  }
  if (isOp(node, 'ConstantOfShape')) {
    const shape = listOf(x);
    const fill = node.attributes.value;
    if (shape === null || sizeOf(shape) > MOST) return null;
    const constant = typeof fill === 'object' && 'read' in fill ? fill : null;
    const number = constant === null ? 0 : (constant.read()?.[0] ?? 0);
    return constantOf(constant?.type ?? 'float32', shape, new Float64Array(sizeOf(shape)).fill(number));
  }
  return null;

  function withShape(shape: readonly number[] | null): Constant | null {
    return shape !== null && sizeOf(shape) === sizeOf(x.shape) ? as(shape) : null;
  }
}

/** A constant's numbers as a list of integers: axes, sizes. */
export function listOf(constant: Constant | null): readonly number[] | null {
  const numbers = constant?.shape.length === 1 || constant?.shape.length === 0 ? constant.read() : null;
  return numbers === null ? null : Array.from(numbers);
}

/** ONNX's Reshape: 0 keeps a size, -1 takes what is left. */
export function reshaped(
  shape: readonly number[],
  target: readonly number[],
  allowZero: boolean,
): number[] | null {
  const sizes = target.map((size, axis) => (size === 0 && !allowZero ? shape[axis] : size));
  if (sizes.some((size) => size === undefined)) return null;
  const known = (sizes as number[]).filter((size) => size !== -1);
  const left = sizeOf(shape) / sizeOf(known);
  return (sizes as number[]).map((size) => (size === -1 ? left : size));
}

/** A shape with axes of size 1 put in; `axes` count in the result. */
export function unsqueezed<T>(shape: readonly T[], axes: readonly number[]): (T | 1)[] | null {
  const rank = shape.length + axes.length;
  const at = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  if (at.size !== axes.length || [...at].some((axis) => !(axis >= 0 && axis < rank))) return null;
  const rest = shape[Symbol.iterator]();
  return Array.from({ length: rank }, (_, axis) => (at.has(axis) ? 1 : rest.next().value!));
}
