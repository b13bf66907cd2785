import { numberOfType } from '../formats/onnx/data-types';
import type { GraphEdit } from '../formats/onnx/edit';
import type { OnnxNode } from '../formats/onnx/read';
import { evaluated } from '../graph/evaluate';
import type { Value } from '../graph/graph';
import { inOrder } from '../graph/spelling';
import type { FoundChain } from '../norms/patterns/find-chains';
import { leakOf } from '../norms/resolve';

/** A float16 chain that is computed in float32 between two Casts. */
export interface Widening {
  readonly chain: FoundChain;
}

/**
 * What an epsilon that float16 made 0 is taken for: whatever it was, it was at most 2^-25. A constant group then gives beta,
 * as it did before the model was converted, and not NaN. 1e-12 is BERT's.
 */
export const VANISHED_EPSILON = 1e-12;

/** Whether a chain is float16 throughout, and nothing else looks into it; null: it is not. */
export function planWidening(chain: FoundChain): Widening | null {
  const { bound, root } = chain;
  if (chain.chain.op === 'groupNorm' || leakOf(bound.nodes, root) !== null) return null;
  for (const node of bound.nodes) {
    if (node.op === 'Cast' || node.outputs.some((output) => output !== null && output.type !== 'float16'))
      return null;
    for (const input of node.inputs) {
      if (input?.type === 'float16' && input.constant === null && evaluated(input) !== null) return null;
    }
  }
  return { chain };
}

/** Writes the chain anew in float32. What is around does not notice: the result keeps its name and type. */
export function applyWidening({ chain: { bound, root } }: Widening, edit: GraphEdit): void {
  const epsilon = bound.values.get('epsilon');
  const wide = new Map<Value, string>();
  for (const node of inOrder(bound.nodes) as OnnxNode[]) {
    const inputs = node.inputs.map((input) => {
      if (input === null) return '';
      const known = wide.get(input);
      if (known !== undefined) return known;
      if (input.type !== 'float16') return input.name;
      const name = widened(input, input === epsilon, node, edit);
      wide.set(input, name);
      return name;
    });
    const outputs = node.outputs.map((output) => {
      if (output === null) return '';
      const name = edit.fresh(`${output.name}/float32`);
      wide.set(output, name);
      return name;
    });
    edit.remove(node);
    edit.like(node, inputs, outputs);
  }
  edit.node(root.producer as OnnxNode, 'Cast', [wide.get(root)!], [root.name], {
    to: numberOfType('float16'),
  });
}

function widened(value: Value, isEpsilon: boolean, place: OnnxNode, edit: GraphEdit): string {
  const numbers = value.constant?.read();
  const wish = `${value.name}/float32`;
  if (numbers != null) {
    const own = isEpsilon ? numbers.map((one) => (one === 0 ? VANISHED_EPSILON : one)) : numbers;
    return edit.constant(wish, 'float32', value.constant!.shape, own);
  }
  const name = edit.fresh(wish);
  edit.node(place, 'Cast', [value.name], [name], { to: numberOfType('float32') });
  return name;
}
