import { evaluated, listOf } from './evaluate';
import { type Dimension, isOp, numberOf, numbersOf, type Value } from './graph';

/**
 * What is known of a tensor that holds sizes, as Shape, Slice, Gather, Concat and small arithmetic make them for a
 * Reshape: one entry for each element.
 */
export function sizesIn(value: Value | null, depth = 12): readonly Dimension[] | null {
  if (value === null || depth === 0) return null;
  const list = value.constant === null ? null : listOf(value.constant);
  if (list !== null) return list;
  const node = value.producer;
  if (node === null || node.domain !== '') return null;
  const below = (i: number) => sizesIn(node.inputs[i] ?? null, depth - 1);
  const given = (name: string, input: number) =>
    numbersOf(node, name) ?? listOf(evaluated(node.inputs[input] ?? null));
  if (isOp(node, 'Shape')) {
    const end = node.attributes.end;
    return (
      node.inputs[0]?.shape?.slice(numberOf(node, 'start', 0), typeof end === 'number' ? end : undefined) ??
      null
    );
  }
  if (isOp(node, 'Cast', 'Identity', 'Unsqueeze', 'Squeeze')) return below(0);
  if (isOp(node, 'Concat')) {
    const parts = node.inputs.map((_, i) => below(i));
    return parts.includes(null) ? null : (parts as (readonly Dimension[])[]).flat();
  }
  if (isOp(node, 'Slice')) {
    const [start] = given('starts', 1) ?? [];
    const [end] = given('ends', 2) ?? [];
    const [step] = given('steps', 4) ?? [1];
    if (start === undefined || end === undefined || step !== 1) return null;
    return below(0)?.slice(start, end) ?? null;
  }
  if (isOp(node, 'Gather')) {
    const indices = listOf(evaluated(node.inputs[1] ?? null));
    const list = below(0);
    return indices && list && indices.map((index) => list.at(index) ?? null);
  }
  if (isOp(node, 'Mul', 'Div', 'Add', 'Sub')) return arithmetic(node.op, below(0), below(1));
  return null;
}

function arithmetic(
  op: string,
  left: readonly Dimension[] | null,
  right: readonly Dimension[] | null,
): readonly Dimension[] | null {
  if (left === null || right === null) return null;
  const length = Math.max(left.length, right.length);
  return Array.from({ length }, (_, i) => {
    const a = left[left.length === 1 ? 0 : i];
    const b = right[right.length === 1 ? 0 : i];
    if (typeof a !== 'number' || typeof b !== 'number') return null;
    if (op === 'Mul') return a * b;
    if (op === 'Div') return Math.trunc(a / b);
    return op === 'Add' ? a + b : a - b;
  });
}
