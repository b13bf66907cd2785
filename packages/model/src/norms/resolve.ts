import type { ElementType } from '../graph/element-type';
import { type Dimension, isOp, type Node, type Value } from '../graph/graph';
import { listGiven } from '../graph/shapes';
import { parameterNumbers } from './operators';
import { betaOf, gammaOf, type Parameter, parameterAlong } from './parameters';
import type { Candidates, FoundChain } from './patterns/find-chains';
import { handsOn } from './patterns/same-value';
import { isRefusal, type Refusal, refusal } from './refusal';

/** Numbers for each normalized element, or a value of that shape; null: 1 or 0. */
export type Along = Float64Array | Value | null;

/** All that one operator in the place of a chain has to know. */
export interface ResolvedChain {
  readonly chain: FoundChain;
  /** The input, of the output's type. */
  readonly x: Value;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
  /** From the front, ascending; the channel axis for Group Norm. */
  readonly axes: readonly number[];
  /** Their sizes. */
  readonly sizes: readonly number[];
  readonly epsilon: number;
  readonly gamma: Along;
  readonly beta: Along;
  readonly groups: number | null;
}

/** The longest of the chains that can be replaced; where none can, why the one to be told of cannot. */
export function resolveChain(candidates: Candidates): ResolvedChain | Refusal {
  for (const candidate of candidates) {
    const resolved = resolveOne(candidate);
    // With its numbers at hand it could be replaced whole: half of it is not taken instead.
    if (!isRefusal(resolved) || resolved.reason === 'parameter-elsewhere') return resolved;
  }
  return resolveOne(chainToTell(candidates)) as Refusal;
}

/** The longest of the chains whose gamma and beta the file holds: beyond it may be a residual. */
export function chainToTell(candidates: Candidates): FoundChain {
  const held = (parameter: Parameter | null | Refusal) =>
    parameter === null || (!isRefusal(parameter) && parameter.value === undefined);
  return (
    candidates.find(({ gamma, beta }) => held(gammaOf(gamma)) && held(betaOf(beta))) ?? candidates.at(-1)!
  );
}

function resolveOne(found: FoundChain): ResolvedChain | Refusal {
  const { bound, chain, root } = found;
  const [fault] = bound.faults;
  if (fault !== undefined) {
    return refusal(fault, 'a mean drops its axes, and what follows is broadcast along others.');
  }
  const leak = leakOf(bound.nodes, root);
  if (leak !== null) return refusal('inner-value-used', `${leak.name} is used outside of the chain.`);
  const typed = inputOf(found);
  if (isRefusal(typed)) return typed;
  const { x, type } = typed;
  const { shape } = x;
  if (shape === null) return refusal('unknown-rank', `the rank of ${x.name} is not known.`);
  const epsilonValue = bound.values.get('epsilon');
  if ((epsilonValue?.shape?.length ?? 0) > shape.length) {
    return refusal('parameter-shape', `${epsilonValue!.name} has more axes than ${x.name}.`);
  }
  const grouped = chain.op === 'groupNorm' ? groupsOf(found, shape) : null;
  if (isRefusal(grouped)) return grouped;
  const axes = grouped === null ? bound.axes! : [1];
  if (axes.some((axis) => !(axis >= 0 && axis < shape.length))) {
    return refusal('unknown-rank', `${x.name} has rank ${shape.length}, and axes [${axes}] are normalized.`);
  }
  const sizes = axes.map((axis) => shape[axis]!);
  const unknown = sizes.findIndex((size) => typeof size !== 'number');
  if (unknown >= 0) {
    return refusal('unknown-size', `the size of ${x.name} along axis ${axes[unknown]} is not known.`);
  }
  const along = (parameter: Parameter | null | Refusal) =>
    parameter === null || isRefusal(parameter) ? parameter : parameterAlong(parameter, shape, axes);
  const gamma = along(gammaOf(found.gamma));
  if (isRefusal(gamma)) return gamma;
  const beta = along(betaOf(found.beta));
  if (isRefusal(beta)) return beta;
  const mixed = [gamma, beta].find((one) => one !== null && 'name' in one && one.type !== type);
  if (mixed != null) return refusal('mixed-types', `a parameter is not of type ${type}.`);
  return {
    chain: found,
    x,
    type,
    shape,
    axes,
    sizes: sizes as number[],
    epsilon: epsilonOf(found),
    gamma,
    beta,
    groups: grouped,
  };
}

/** A value of the chain that something else looks at. */
export function leakOf(nodes: ReadonlySet<Node>, root: Value): Value | null {
  for (const node of nodes) {
    for (const output of node.outputs) {
      if (output === null || output === root) continue;
      if (output.isOutput || output.uses.some((use) => !nodes.has(use))) return output;
    }
  }
  return null;
}

/** How many bytes a number of each floating-point type has. */
const WIDTH: Partial<Record<ElementType, number>> = { bfloat16: 2, float16: 2, float32: 4, float64: 8 };

/**
 * The input as a value of the output's type: the one that was cast up for the chain, where the chain computes in a wider
 * type than it gives. A chain that computes in a narrower type somewhere is left alone.
 */
function inputOf({ bound, root }: FoundChain): { x: Value; type: ElementType } | Refusal {
  const type = root.type;
  const width = type === null ? undefined : WIDTH[type];
  if (type === null || width === undefined) {
    return refusal('unknown-type', `the type of ${root.name} is not known, or no floating-point type.`);
  }
  const mixed = (value: Value) =>
    refusal('mixed-types', `${value.name} is ${value.type}, and the result ${root.name} ${type}.`);
  for (const node of bound.nodes) {
    for (const output of node.outputs) {
      if (output?.type != null && !(WIDTH[output.type]! >= width)) return mixed(output);
      if (output?.type === 'bfloat16' && type === 'float16') return mixed(output);
    }
  }
  let x = bound.values.get('x')!;
  while (x.type !== type) {
    const node = x.producer;
    if (x.type !== null && !(WIDTH[x.type]! > width)) return mixed(x);
    if (!handsOn(node)) return mixed(x);
    x = node.inputs[0];
  }
  return { x, type };
}

/** The groups of a Group Norm in parts, where the parts are one. */
function groupsOf({ bound }: FoundChain, shape: readonly Dimension[]): number | Refusal {
  const normalized = bound.values.get('normalized')!;
  const grouped = normalized.producer!.inputs[0]!;
  const groups = grouped.shape?.[1];
  const channels = shape[1];
  if (typeof groups !== 'number' || typeof channels !== 'number') {
    return refusal(
      'unknown-size',
      `the channels of ${bound.values.get('x')!.name} or their groups are not known.`,
    );
  }
  const { inputs } = normalized.producer!;
  const plain = [inputs[1], inputs[2]].map((one, i) =>
    parameterNumbers(one)?.every((number) => number === 1 - i),
  );
  if (!plain.every(Boolean)) {
    return refusal(
      'parameter-shape',
      `${normalized.name} has a scale and a shift of its own for each group.`,
    );
  }
  const x = bound.values.get('x')!;
  const back = bound.values.get('anchor')!;
  const shapeOfX = back.producer!.inputs[1]?.producer;
  const restored =
    (isOp(shapeOfX, 'Shape') && shapeOfX.inputs[0] === x && Object.keys(shapeOfX.attributes).length === 0) ||
    (back.shape?.length === shape.length &&
      shape.every((size, axis) => size !== null && size === back.shape![axis]));
  const batch =
    listGiven(grouped.producer!, 'shape', 1)?.[0] === 0 ||
    (shape[0] !== null && grouped.shape![0] === shape[0]);
  if (!restored || !batch || channels % groups !== 0) {
    return refusal(
      'unknown-size',
      `the shapes around ${normalized.name} do not show that it is a Group Norm.`,
    );
  }
  return groups;
}

/** Under the root; where float16 holds it, what float16 has left of it. */
export function epsilonOf({ bound, chain }: FoundChain): number {
  if (chain.op !== 'groupNorm') return bound.numbers.get('epsilon') ?? 0;
  const node = bound.values.get('normalized')!.producer!;
  const epsilon = node.attributes.epsilon;
  return typeof epsilon === 'number' ? epsilon : Math.fround(1e-5);
}

/** Whether there was an epsilon and float16 has made it 0. */
export function hasLostEpsilon({ bound }: FoundChain): boolean {
  return bound.numbers.get('epsilon') === 0 && bound.values.get('epsilon')?.type === 'float16';
}
