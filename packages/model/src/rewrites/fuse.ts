import { isWritable } from '../formats/onnx/data-types';
import type { GraphEdit } from '../formats/onnx/edit';
import type { OnnxNode } from '../formats/onnx/read';
import { type Refusal, refusal } from '../norms/refusal';
import { type Along, hasLostEpsilon, type ResolvedChain } from '../norms/resolve';
import { operatorFor, type Target } from './targets';
import { VANISHED_EPSILON } from './widen-chain';

/** One operator in the place of a chain. */
export interface Fusion {
  readonly resolved: ResolvedChain;
  readonly operator: string;
  /** The opset that has it. */
  readonly since: number;
}

/** Whether a chain becomes one operator on a target. */
export function planFusion(resolved: ResolvedChain, target: Target): Fusion | Refusal {
  const { chain, type, epsilon } = resolved;
  const operator = operatorFor(chain.chain.op, target);
  if (operator === null) return refusal('target', `${target} runs the parts better than the operator.`);
  if (!isWritable(type)) return refusal('unknown-type', `parameters of type ${type} are not written.`);
  if (type === 'float64' && Math.fround(epsilon) !== epsilon) {
    return refusal(
      'epsilon-precision',
      `epsilon is ${epsilon}, and the operator holds ${Math.fround(epsilon)}.`,
    );
  }
  return { resolved, operator: operator.name, since: operator.since };
}

/** Writes the operator, and takes the chain out. What is around does not notice: the result keeps its name. */
export function applyFusion({ resolved, operator }: Fusion, edit: GraphEdit): void {
  const { chain, x, type, axes, sizes, groups } = resolved;
  const { root, bound } = chain;
  const epsilon = hasLostEpsilon(chain) ? VANISHED_EPSILON : resolved.epsilon;
  const place = root.producer as OnnxNode;
  const name = root.name;
  const parameter = (along: Along, wish: string, otherwise: number | null): string[] => {
    if (along === null && otherwise === null) return [];
    if (along !== null && 'name' in along) return [along.name];
    const numbers = along ?? new Float64Array(sizes.reduce((all, size) => all * size, 1)).fill(otherwise!);
    return [edit.constant(`${name}/${wish}`, type, sizes, numbers)];
  };
  const isGrouped = groups !== null;
  const gamma = parameter(resolved.gamma, 'gamma', 1);
  const beta = chain.chain.op === 'rmsNorm' ? [] : parameter(resolved.beta, 'beta', isGrouped ? 0 : null);
  for (const node of bound.nodes) edit.remove(node as OnnxNode);
  if (isGrouped) {
    edit.node(place, operator, [x.name, ...gamma, ...beta], [name], {
      epsilon: { float: epsilon },
      num_groups: groups,
    });
    return;
  }
  const rank = resolved.shape.length;
  const attributes = { axis: -axes.length, epsilon: { float: epsilon } };
  const trailing = axes.every((axis, i) => axis === rank - axes.length + i);
  const rest = resolved.chain.chain.op === 'rmsNorm' ? resolved.beta : null;
  const normalized = rest === null ? name : edit.fresh(`${name}/normalized`);
  if (trailing) {
    edit.node(place, operator, [x.name, ...gamma, ...beta], [normalized], attributes);
  } else {
    const order = [...Array(rank).keys()].filter((axis) => !axes.includes(axis)).concat(axes);
    const back = order.map((_, axis) => order.indexOf(axis));
    const moved = edit.fresh(`${name}/moved`);
    const result = edit.fresh(`${name}/moved_normalized`);
    edit.node(place, 'Transpose', [x.name], [moved], { perm: order });
    edit.node(place, operator, [moved, ...gamma, ...beta], [result], attributes);
    edit.node(place, 'Transpose', [result], [normalized], { perm: back });
  }
  if (rest === null) return;
  // RMS Norm has no beta: it stays an addition, along the axes that it had.
  const shape = resolved.shape.map((size, axis) => (axes.includes(axis) ? (size as number) : 1));
  const shift = 'name' in rest ? rest.name : edit.constant(`${name}/beta`, type, shape, rest);
  edit.node(place, 'Add', [normalized, shift], [name]);
}
