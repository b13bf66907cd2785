import { constantOf } from '../graph/constant';
import { evaluated } from '../graph/evaluate';
import type { Graph, Node, Value } from '../graph/graph';
import { inOrder, nameOf, spellingOf } from '../graph/spelling';
import type { Fold, Folds } from '../rewrites/fold/find-folds';
import { findFolds } from '../rewrites/fold/find-folds';
import { type Fusion, planFusion } from '../rewrites/fuse';
import { composed, type Scaling } from '../rewrites/scaling';
import { operatorFor, type Target } from '../rewrites/targets';
import { planWidening, type Widening } from '../rewrites/widen-chain';
import { impossible, type Norm } from './norm';
import { type NormOperator, normOperator } from './operators';
import { betaOf, gammaOf, type Parameter } from './parameters';
import { type Candidates, type FoundChain, findChains } from './patterns/find-chains';
import { isRefusal, type ReasonCode, type Refusal, refusal } from './refusal';
import { chainToTell, epsilonOf, hasLostEpsilon, resolveChain } from './resolve';

/** A norm with what can be done about it. */
export interface FoundNorm {
  readonly norm: Norm;
  /** The last of its nodes: what orders the norms of a graph. */
  readonly node: Node;
  readonly fusion?: Fusion;
  /** Of a float16 chain: how it is computed in float32, where it becomes no operator. */
  readonly widening?: Widening;
  /** What a run has to look at to judge it, or why that does not tell. */
  readonly operands: Operands | Refusal;
}

/** A norm's tensors. Parameters that are values of the model are looked at too. */
export interface Operands {
  readonly x: Value;
  readonly y: Value;
  readonly gamma: Parameter | null;
  readonly beta: Parameter | null;
  readonly mean?: Parameter;
  readonly variance?: Parameter;
  /** Where x is the sum of several inputs: the node, and which of its outputs gives the sum. */
  readonly sum?: { readonly node: Node; readonly output: number };
  /** The axis of the channels, negative from the end. Default: 1. */
  readonly channelAxis?: number;
}

/** The norms of one graph, in its order, and what can be folded in it. */
export interface GraphNorms {
  readonly graph: Graph;
  readonly norms: readonly FoundNorm[];
  readonly folds: readonly Fold[];
}

/** @param allowed why nothing in this graph may be changed; null: it may. */
export function normsOf(graph: Graph, target: Target, frozen: Refusal | null): GraphNorms {
  const chains = findChains(graph);
  const inChains = new Set<Node>(
    chains.flatMap((candidates) => candidates.flatMap(({ bound }) => [...bound.nodes])),
  );
  const folds = findFolds(graph, inChains);
  const found: FoundNorm[] = chains.map((candidates) => chainNorm(candidates, target, frozen));
  for (const node of graph.nodes) {
    if (inChains.has(node)) continue;
    const operator = normOperator(node);
    if (operator !== null) {
      found.push({ node, norm: operatorNorm(operator, folds, frozen), operands: operandsOf(operator) });
    }
  }
  for (const fold of folds.folds) {
    const spelt = speltBatchNorm(fold, frozen);
    if (spelt !== null) found.push(spelt);
  }
  found.sort((a, b) => a.node.index - b.node.index);
  return { graph, norms: found, folds: frozen === null ? folds.folds : [] };
}

/** A chain as a norm, with the operator that can come in its place. */
export function chainNorm(candidates: Candidates, target: Target, frozen: Refusal | null): FoundNorm {
  const resolved = frozen ?? resolveChain(candidates);
  const fusion = isRefusal(resolved) ? resolved : planFusion(resolved, target);
  const chain: FoundChain = isRefusal(resolved) ? chainToTell(candidates) : resolved.chain;
  const { bound, root } = chain;
  const isLeft = frozen === null && isRefusal(fusion) && LEFT.includes(fusion.reason);
  const widening = isLeft ? planWidening(chain) : null;
  const nodes = inOrder(bound.nodes);
  const op = chain.chain.op;
  const epsilon = epsilonOf(chain);
  const groups = op === 'groupNorm' ? bound.values.get('normalized')!.producer!.inputs[0]!.shape?.[1] : null;
  const names = (parts: readonly { value: { name: string } }[]) =>
    parts.length === 0 ? null : parts.map(({ value }) => value.name).join(' ');
  return {
    node: root.producer!,
    ...(isRefusal(fusion) ? (widening === null ? {} : { widening }) : { fusion }),
    operands: chainOperands(chain),
    norm: {
      op,
      spelling: spellingOf(nodes),
      nodes: nodes.map(nameOf),
      graph: root.graph.path,
      input: (isRefusal(resolved) ? bound.values.get('x')! : resolved.x).name,
      output: root.name,
      ...(bound.axes === null ? {} : { axes: bound.axes }),
      ...(typeof groups === 'number' ? { groups } : {}),
      epsilon,
      gamma: names(chain.gamma),
      beta: names(chain.beta),
      dtype: root.type,
      ...(hasLostEpsilon(chain) ? { notes: ['epsilon-vanished'] as const } : {}),
      rewrite:
        widening === null
          ? {
              to: operatorFor(op, target)?.name ?? STANDARD[op],
              ...(isRefusal(fusion) ? impossible(fusion) : { possible: true }),
            }
          : TO_SINGLE,
    },
  };
}

/** Why a chain is no operator on the target, and would be one elsewhere. */
const LEFT: readonly ReasonCode[] = ['opset', 'target'];

/** What a float16 chain becomes that stays a chain. */
export const TO_SINGLE = { to: 'Cast', possible: true } as const;

function chainOperands({ bound, root, gamma, beta }: FoundChain): Operands | Refusal {
  const [scale, shift] = [gammaOf(gamma), betaOf(beta)];
  if (isRefusal(scale)) return scale;
  if (isRefusal(shift)) return shift;
  return { x: bound.values.get('x')!, y: root, gamma: scale, beta: shift };
}

function operandsOf(operator: NormOperator): Operands | Refusal {
  const { x, y, gamma, beta, mean, variance, training, node, sum, channelAxis, activated } = operator;
  if (training) return refusal('training-mode', 'it takes the statistics of its batch.');
  if (activated) return refusal('target', 'its activation is part of the operator.');
  const parameter = (value: Value): Parameter => {
    const constant = evaluated(value);
    return constant === null ? { names: [value.name], value } : { names: [value.name], constant };
  };
  return {
    x,
    y,
    gamma: gamma && parameter(gamma),
    beta: beta && parameter(beta),
    ...(mean && variance ? { mean: parameter(mean), variance: parameter(variance) } : {}),
    ...(sum === undefined ? {} : { sum: { node, output: sum } }),
    ...(channelAxis === undefined ? {} : { channelAxis }),
  };
}

const STANDARD = {
  layerNorm: 'LayerNormalization',
  rmsNorm: 'RMSNormalization',
  groupNorm: 'GroupNormalization',
} as const;

function operatorNorm(found: NormOperator, { folds, refused }: Folds, frozen: Refusal | null): Norm {
  const { node, op, x, y, gamma, beta, epsilon, axes, groups, training } = found;
  return {
    op,
    spelling: spellingOf([node]),
    nodes: [nameOf(node)],
    graph: node.graph.path,
    input: x.name,
    output: y.name,
    ...(axes === undefined ? {} : { axes }),
    ...(groups === undefined ? {} : { groups }),
    epsilon,
    gamma: gamma?.name ?? null,
    beta: beta?.name ?? null,
    dtype: y.type,
    ...(training ? { notes: ['training-mode'] as const } : {}),
    ...(op === 'batchNorm' ? { fold: foldOf(node, folds, refused, frozen) } : {}),
  };
}

export function foldOf(
  node: Node,
  folds: Folds['folds'],
  refused: Folds['refused'],
  frozen: Refusal | null,
): NonNullable<Norm['fold']> {
  const fold = folds.find(({ before, after }) =>
    [...before, ...after].some((scaling) => scaling.node === node),
  );
  if (fold !== undefined) {
    const into = nameOf(fold.layer.node);
    return frozen === null ? { into, possible: true } : { into, ...impossible(frozen) };
  }
  const why = refused.get(node) ?? refusal('no-linear-layer', 'no convolution or dense layer is next to it.');
  const into: Node | undefined = 'into' in why ? (why as { into?: Node }).into : undefined;
  return { into: into === undefined ? null : nameOf(into), ...impossible(why) };
}

/** A Batch Norm that an exporter wrote as a product and a sum with a number for each channel. */
export function speltBatchNorm({ layer, before, after }: Fold, frozen: Refusal | null): FoundNorm | null {
  const scalings = after.length > 0 ? after : before;
  const [first] = scalings;
  const last = scalings.at(-1);
  if (first === undefined || last === undefined || scalings.some(({ isBatchNorm }) => isBatchNorm))
    return null;
  const into = nameOf(layer.node);
  const names = (ops: string[]) => {
    const parts = scalings.filter(({ node }) => ops.includes(node.op));
    const inputs = parts.flatMap(({ node, x }) => node.inputs.filter((input) => input !== x));
    return inputs.length === 0 ? null : inputs.map((input) => input!.name).join(' ');
  };
  return {
    node: last.node,
    operands: scalingOperands(scalings, first.x, last.y),
    norm: {
      op: 'batchNorm',
      spelling: spellingOf(scalings.map(({ node }) => node)),
      nodes: scalings.map(({ node }) => nameOf(node)),
      graph: first.x.graph.path,
      input: first.x.name,
      output: last.y.name,
      epsilon: 0,
      gamma: names(['Mul', 'Div']),
      beta: names(['Add', 'Sub']),
      dtype: last.y.type,
      fold: frozen === null ? { into, possible: true } : { into, ...impossible(frozen) },
    },
  };
}

/** A product and a sum are a Batch Norm of mean 0 and variance 1. */
function scalingOperands(scalings: readonly Scaling[], x: Value, y: Value): Operands {
  const { scale, shift, axis } = scalings.reduce<Pick<Scaling, 'scale' | 'shift' | 'axis'>>(
    composed,
    IDENTITY,
  );
  const parameter = (numbers: Float64Array): Parameter => ({
    names: [],
    constant: constantOf('float64', [numbers.length], numbers),
  });
  return {
    x,
    y,
    gamma: parameter(scale),
    beta: parameter(shift),
    mean: parameter(ZERO),
    variance: parameter(ONE),
    ...(axis === null ? {} : { channelAxis: axis }),
  };
}

const ZERO = Float64Array.of(0);
const ONE = Float64Array.of(1);
const IDENTITY = { scale: ONE, shift: ZERO, axis: null };
