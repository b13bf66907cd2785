import { sizeOf } from '@normlayers/core/adapter';
import type { GraphModelEdit } from '../../formats/tfjs/edit';
import type { TfjsNode } from '../../formats/tfjs/graph';
import type { AttrValue } from '../../formats/tfjs/graph-def';
import type { Value } from '../../graph/graph';
import { betaOf, gammaOf, type Parameter } from '../../norms/parameters';
import type { Candidates, FoundChain } from '../../norms/patterns/find-chains';
import { isRefusal, type Refusal, refusal } from '../../norms/refusal';
import { chainToTell, epsilonOf, leakOf } from '../../norms/resolve';

/** The operators of `useNormOperators` of `@normlayers/tfjs`: what TensorFlow.js itself has none for. */
export const OPERATORS = { layerNorm: 'NormlayersLayerNorm', rmsNorm: 'NormlayersRmsNorm' } as const;

/**
 * One operator in the place of a chain. It means normalized(x, axes) * gamma + beta with TensorFlow's broadcasting, so that
 * no size need be known here.
 */
export interface GraphModelFusion {
  readonly chain: FoundChain;
  readonly operator: string;
  readonly axes: readonly number[];
  readonly epsilon: number;
  readonly gamma: Parameter | null;
  readonly beta: Parameter | null;
}

/** The longest of the chains that one operator can replace; where none can, why the one to be told of cannot. */
export function planGraphModelFusion(candidates: Candidates): GraphModelFusion | Refusal {
  for (const candidate of candidates) {
    const fusion = planOne(candidate);
    if (!isRefusal(fusion)) return fusion;
  }
  return planOne(chainToTell(candidates)) as Refusal;
}

function planOne(found: FoundChain): GraphModelFusion | Refusal {
  const { bound, chain, root } = found;
  const [fault] = bound.faults;
  if (fault !== undefined) {
    return refusal(fault, 'a mean drops its axes, and what follows is broadcast along others.');
  }
  if (chain.op === 'groupNorm') return refusal('target', 'it is of an operator that TensorFlow has not.');
  const axes = bound.axes;
  if (axes === null || axes.length === 0) {
    return refusal('unknown-rank', `the axes that ${root.name} shares statistics along are not known.`);
  }
  const leak = leakOf(bound.nodes, root);
  if (leak !== null) return refusal('inner-value-used', `${leak.name} is used outside of the chain.`);
  const mixed = [bound.values.get('x')!, root].find(({ type }) => type !== 'float32');
  if (mixed !== undefined) return refusal('mixed-types', `${mixed.name} is ${mixed.type}, not float32.`);
  const gamma = held(gammaOf(found.gamma), axes);
  if (isRefusal(gamma)) return gamma;
  const beta = held(betaOf(found.beta), axes);
  if (isRefusal(beta)) return beta;
  return { chain: found, operator: OPERATORS[chain.op], axes, epsilon: epsilonOf(found), gamma, beta };
}

/** A parameter that varies along no more axes than are normalized: more would be a residual, or a position's embedding. */
function held(parameter: Parameter | null | Refusal, axes: readonly number[]): Parameter | null | Refusal {
  if (parameter === null || isRefusal(parameter)) return parameter;
  const what = parameter.names.join(' and ');
  if (parameter.constant === undefined) {
    return refusal('parameter-computed', `${what} is computed by the model.`);
  }
  const varying = parameter.constant.shape.filter((size) => size !== 1).length;
  if (varying > axes.length) {
    const { shape } = parameter.constant;
    return refusal('parameter-shape', `${what} has shape [${shape}]; ${axes.length} axes are normalized.`);
  }
  if (parameter.constant.read() === null) {
    return refusal('parameter-elsewhere', `the numbers of ${what} are not at hand.`);
  }
  return parameter;
}

/** Writes the operator, and takes the chain out. */
export function applyGraphModelFusion(fusion: GraphModelFusion, edit: GraphModelEdit): void {
  const { chain, operator, axes, epsilon, gamma, beta } = fusion;
  const { root, bound } = chain;
  const place = root.producer as TfjsNode;
  const taken = (parameter: Parameter | null, role: string): string[] => {
    if (parameter === null) return [];
    const own = constantNamed(parameter, place);
    if (own !== null) return [own];
    const { shape, read } = parameter.constant!;
    return [edit.constant(place, `${root.name}/${role}`, shape, read()!)];
  };
  const input = [referenceTo(bound.values.get('x')!), ...taken(gamma, 'gamma'), ...taken(beta, 'beta')];
  for (const node of bound.nodes) edit.remove(node as TfjsNode);
  const attr: Record<string, AttrValue> = {
    T: { type: 'DT_FLOAT' },
    axes: { list: { i: axes.map(String) } },
    epsilon: { f: epsilon },
    scale: { b: gamma !== null },
    center: { b: beta !== null },
  };
  edit.node(place, operator, input, root.name, attr);
}

/** The model's own constant that is the parameter as it stands, if one is. */
function constantNamed({ names, constant }: Parameter, place: TfjsNode): string | null {
  const value = names.length === 1 ? place.graph.values.get(names[0]!) : undefined;
  if (value?.constant == null || sizeOf(value.constant.shape) !== sizeOf(constant!.shape)) return null;
  const [own, wanted] = [value.constant.read(), constant!.read()];
  return own?.every((one, i) => one === wanted![i]) ? referenceTo(value) : null;
}

/** How those that take a value name it: in a function by the name of the output too. */
export function referenceTo(value: Value): string {
  const user = value.uses[0] as TfjsNode;
  return user.def.input!.filter((input) => !input.startsWith('^'))[user.inputs.indexOf(value)]!;
}
