import { type TfjsArtifacts, Weights } from '../formats/tfjs/artifacts';
import { type TfjsGraph, type TfjsNode, tfjsGraphs } from '../formats/tfjs/graph';
import { evaluated } from '../graph/evaluate';
import { type Node, numberOf, numbersOf, type Value } from '../graph/graph';
import { type Fold, type Folds, findFolds } from '../rewrites/fold/find-folds';
import type { TfjsTarget } from '../rewrites/targets';
import { BATCH_NORM_EPSILON, FUSED_BATCH_NORMS, GRAPH_MODEL } from '../rewrites/tfjs/fold-graph-model';
import { type GraphModelFusion, OPERATORS, planGraphModelFusion } from '../rewrites/tfjs/fuse-graph-model';
import { chainNorm, type FoundNorm, foldOf, type Operands, speltBatchNorm } from './find-norms';
import { impossible, type Norm } from './norm';
import type { Parameter } from './parameters';
import { type Candidates, findChains } from './patterns/find-chains';
import { isRefusal, type Refusal, refusal } from './refusal';

/** The norms of one graph of a graph model, in its order, and what can be done about them. */
export interface GraphModelNorms {
  readonly graph: TfjsGraph;
  readonly norms: readonly GraphModelNorm[];
  readonly folds: readonly Fold[];
}

export interface GraphModelNorm extends Omit<FoundNorm, 'fusion'> {
  readonly fusion?: GraphModelFusion;
}

/** The norms of a graph model: chains of operators, TensorFlow's fused Batch Norm, and our own operators. */
export function graphModelNorms(
  artifacts: TfjsArtifacts,
  target: TfjsTarget,
  weights = new Weights(artifacts),
): GraphModelNorms[] {
  return tfjsGraphs(artifacts, weights).map((graph) => normsOfGraph(graph, target));
}

const NO_OPERATOR = refusal('target', 'TensorFlow.js has no one operator for it; target normlayers has.');

function normsOfGraph(graph: TfjsGraph, target: TfjsTarget): GraphModelNorms {
  const chains = findChains(graph);
  const inChains = new Set<Node>(chains.flatMap((all) => all.flatMap(({ bound }) => [...bound.nodes])));
  const folds = findFolds(graph, inChains, GRAPH_MODEL);
  const norms: GraphModelNorm[] = chains.map((candidates) => chainOf(candidates, target));
  for (const node of graph.nodes) {
    if (FUSED_BATCH_NORMS.includes(node.op)) norms.push(fusedBatchNorm(node, folds));
    else if (OWN.has(node.op)) norms.push(ownOperator(node));
  }
  for (const fold of folds.folds) {
    const spelt = speltBatchNorm(fold, null);
    if (spelt !== null) norms.push({ node: spelt.node, norm: spelt.norm, operands: spelt.operands });
  }
  norms.sort((a, b) => a.node.index - b.node.index);
  return { graph, norms, folds: folds.folds };
}

function chainOf(candidates: Candidates, target: TfjsTarget): GraphModelNorm {
  const fusion = planGraphModelFusion(candidates);
  const told = isRefusal(fusion) ? candidates : [fusion.chain];
  const { norm, node, operands } = chainNorm(told, 'any', NO_OPERATOR);
  const to = OPERATORS[norm.op as keyof typeof OPERATORS] ?? norm.op;
  if (isRefusal(fusion)) {
    return { node, operands, norm: { ...norm, rewrite: { to, ...impossible(fusion) } } };
  }
  return target === 'normlayers'
    ? { node, fusion, operands, norm: { ...norm, rewrite: { to, possible: true } } }
    : { node, operands, norm: { ...norm, rewrite: { to, ...impossible(NO_OPERATOR) } } };
}

function fusedBatchNorm(node: TfjsNode, { folds, refused }: Folds): GraphModelNorm {
  const [x, gamma, beta, mean, variance] = node.inputs;
  const training = numberOf(node, 'is_training', 1) === 1;
  const given = [x, gamma, beta, mean, variance];
  const norm: Norm = {
    op: 'batchNorm',
    spelling: node.op,
    nodes: [node.name],
    graph: node.graph.path,
    input: x?.name ?? '',
    output: node.name,
    epsilon: numberOf(node, 'epsilon', BATCH_NORM_EPSILON),
    gamma: gamma?.name ?? null,
    beta: beta?.name ?? null,
    dtype: 'float32',
    ...(training ? { notes: ['training-mode'] as const } : {}),
    fold: foldOf(node, folds, refused, null),
  };
  const operands: Operands | Refusal =
    training || given.some((one) => one == null)
      ? refusal('training-mode', `${node.name} takes the statistics of its batch.`)
      : {
          channelAxis: -1,
          x: x!,
          y: node.outputs[0]!,
          gamma: parameter(gamma!),
          beta: parameter(beta!),
          mean: parameter(mean!),
          variance: parameter(variance!),
        };
  return { node, norm, operands };
}

const OWN = new Map<string, keyof typeof OPERATORS>([
  [OPERATORS.layerNorm, 'layerNorm'],
  [OPERATORS.rmsNorm, 'rmsNorm'],
]);

function ownOperator(node: TfjsNode): GraphModelNorm {
  const [x, ...parameters] = node.inputs;
  const gamma = numberOf(node, 'scale', 0) === 1 ? (parameters.shift() ?? null) : null;
  const beta = numberOf(node, 'center', 0) === 1 ? (parameters.shift() ?? null) : null;
  const norm: Norm = {
    op: OWN.get(node.op)!,
    spelling: node.op,
    nodes: [node.name],
    graph: node.graph.path,
    input: x?.name ?? '',
    output: node.name,
    axes: numbersOf(node, 'axes') ?? [],
    epsilon: numberOf(node, 'epsilon', 0),
    gamma: gamma?.name ?? null,
    beta: beta?.name ?? null,
    dtype: 'float32',
  };
  const operands: Operands | Refusal =
    x == null
      ? refusal('unknown-rank', `${node.name} has no input.`)
      : { x, y: node.outputs[0]!, gamma: gamma && parameter(gamma), beta: beta && parameter(beta) };
  return { node, norm, operands };
}

function parameter(value: Value): Parameter {
  const constant = evaluated(value);
  return constant === null ? { names: [value.name], value } : { names: [value.name], constant };
}
