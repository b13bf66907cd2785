import {
  type GraphMessage,
  isFunction,
  linkOnnx,
  type OnnxFile,
  type OnnxGraph,
  versionsOf,
} from '../formats/onnx/read';
import { planRaise, type Raise } from '../rewrites/raise-opset';
import type { Target } from '../rewrites/targets';
import { planWidening } from '../rewrites/widen-chain';
import { type FoundNorm, type GraphNorms, normsOf, TO_SINGLE } from './find-norms';
import { impossible } from './norm';
import { isRefusal, type Refusal, refusal } from './refusal';

/** Opsets whose operators are known here. */
export const OPSETS = { first: 9, last: 24 } as const;

/** The norms of a model, and what it takes to write the operators for them. */
export interface ModelNorms {
  readonly graphs: readonly (GraphNorms & { readonly graph: OnnxGraph })[];
  /** The conversion to the opset that has all operators that are to be written; null: it has them. */
  readonly raise: Raise | null;
}

export function modelNorms(file: OnnxFile, target: Target): ModelNorms {
  const graphs = linkOnnx(file);
  const found = graphs.map((graph) => ({ ...normsOf(graph, target, frozenOf(file, graph)), graph }));
  const opset = opsetOf(file);
  const wanted = [
    ...new Set(found.flatMap(({ norms }) => norms.flatMap(({ fusion }) => (fusion ? [fusion.since] : [])))),
  ]
    .filter((since) => since > opset)
    .sort((a, b) => b - a);
  let raise: Raise | null = null;
  let why: Refusal | null = null;
  for (const since of wanted) {
    const planned = file.model.functions.length > 0 ? FUNCTIONS : planRaise(graphs, opset, since);
    if (!isRefusal(planned)) {
      raise = planned;
      break;
    }
    why = planned;
  }
  const reached = raise?.to ?? opset;
  return {
    raise,
    graphs: found.map((graph) => ({
      ...graph,
      norms: graph.norms.map((norm) =>
        norm.fusion && norm.fusion.since > reached ? beyond(norm, why!) : norm,
      ),
    })),
  };
}

const FUNCTIONS = refusal('opset', 'a model with functions is not raised to a later opset.');

function beyond({ fusion, ...found }: FoundNorm, why: Refusal): FoundNorm {
  const widening = planWidening(fusion!.resolved.chain);
  if (widening !== null) return { ...found, widening, norm: { ...found.norm, rewrite: TO_SINGLE } };
  const { name, since } = { name: fusion!.operator, since: fusion!.since };
  const message = `${name} is of opset ${since}: ${why.message}`;
  return {
    ...found,
    norm: { ...found.norm, rewrite: { to: name, ...impossible(refusal('opset', message)) } },
  };
}

export function opsetOf({ model }: OnnxFile): number {
  return versionsOf(model.opsetImport)[''] ?? 0;
}

/** Why a graph is left as it is. */
function frozenOf(file: OnnxFile, graph: OnnxGraph): Refusal | null {
  let outermost: OnnxGraph = graph;
  while (outermost.parent !== null) outermost = outermost.parent as OnnxGraph;
  const message: GraphMessage = outermost.message;
  if (isFunction(message))
    return refusal('nested', 'it is in a function of other opsets than the model, or that nothing calls.');
  const opset = opsetOf(file);
  return opset < OPSETS.first || opset > OPSETS.last
    ? refusal('opset', `the model is of opset ${opset}; ${OPSETS.first} to ${OPSETS.last} are known here.`)
    : null;
}
