import type { TfjsArtifacts } from '../formats/tfjs/artifacts';
import { tfjsGraphs } from '../formats/tfjs/graph';
import { type Graph, type Node, numberOf } from '../graph/graph';
import { chainNorm } from './find-norms';
import { impossible, type Norm } from './norm';
import { findChains } from './patterns/find-chains';
import { refusal } from './refusal';

/** The norms of a graph model: chains of operators, and TensorFlow's fused Batch Norm. */
export function graphNorms(artifacts: TfjsArtifacts): Norm[] {
  return tfjsGraphs(artifacts).flatMap(normsOfGraph);
}

const FUSED = ['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'];

/** TensorFlow's default of FusedBatchNorm. */
const EPSILON = 1e-4;

const NO_OPERATOR = refusal('target', 'TensorFlow.js has no one operator for it.');
const CONVERTER = refusal('nested', 'graph models are left as they are; their converter folds what it can.');

function normsOfGraph(graph: Graph): Norm[] {
  const found = findChains(graph).map((candidates) => {
    const { norm, node } = chainNorm(candidates, 'any', NO_OPERATOR);
    return { node, norm };
  });
  for (const node of graph.nodes) {
    if (FUSED.includes(node.op)) found.push({ node, norm: fusedBatchNorm(node) });
  }
  return found.sort((a, b) => a.node.index - b.node.index).map(({ norm }) => norm);
}

function fusedBatchNorm(node: Node): Norm {
  const [x, gamma, beta] = node.inputs;
  const training = numberOf(node, 'is_training', 1) === 1;
  return {
    op: 'batchNorm',
    spelling: node.op,
    nodes: [node.name],
    graph: node.graph.path,
    input: x?.name ?? '',
    output: node.name,
    epsilon: numberOf(node, 'epsilon', EPSILON),
    gamma: gamma?.name ?? null,
    beta: beta?.name ?? null,
    dtype: 'float32',
    ...(training ? { notes: ['training-mode'] as const } : {}),
    fold: { into: null, ...impossible(CONVERTER) },
  };
}
