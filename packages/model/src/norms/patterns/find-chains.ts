import { type Graph, isOp, type Node, type Value } from '../../graph/graph';
import { CHAINS, type Chain } from './chains';
import { type Affine, type Bindings, match, matchAffine, NOTHING_BOUND } from './match';
import { handsOn, SameValues } from './same-value';

/** A chain of operators that is a normalization from x to `root`. */
export interface FoundChain extends Affine {
  readonly chain: Chain;
  readonly root: Value;
}

/** Chains that tell the same normalization, the longest first: with gamma and beta, and without. */
export type Candidates = readonly FoundChain[];

/** Every chain of a graph, in its order. */
export function findChains(graph: Graph): Candidates[] {
  const same = new SameValues(graph);
  const found: Candidates[] = [];
  const taken = new Set<Node>();
  for (const node of graph.nodes) {
    const anchor = node.outputs[0];
    if (anchor == null || node.domain !== '' || !ANCHORS.has(node.op)) continue;
    for (const chain of CHAINS) {
      const bound = match(chain.anchor, anchor, NOTHING_BOUND, same);
      if (bound === null) continue;
      const candidates = candidatesAround(chain, anchor, bound, same).filter(
        ({ root }) => !taken.has(root.producer!),
      );
      if (candidates.length === 0) continue;
      for (const one of candidates) for (const inner of one.bound.nodes) taken.add(inner);
      found.push(candidates);
      break;
    }
  }
  return found;
}

/** What the last operator of an anchor may be. */
const ANCHORS = new Set(['Add', 'Sub', 'ReduceMean', 'Unsqueeze', 'Reshape']);

/** Operators between what tells a normalization and its result. */
const AROUND = ['Sqrt', 'Reciprocal', 'Rsqrt', 'Pow', 'Mul', 'Div', 'Add', 'Sub', 'Neg'];

/** How many operators a result may be away, and how many values are tried. */
const FURTHEST = 9;
const MOST_ROOTS = 48;

function candidatesAround(chain: Chain, anchor: Value, bound: Bindings, same: SameValues): FoundChain[] {
  const named: Bindings = { ...bound, values: new Map(bound.values).set('anchor', anchor) };
  const stops = new Set<Value>();
  for (const name of chain.stops) {
    const value = named.values.get(name);
    if (value !== undefined) stops.add(same.of(value));
  }
  const found: FoundChain[] = [];
  for (const root of rootsAfter(anchor)) {
    for (const form of chain.forms) {
      const affine = matchAffine(form, root, named, stops, same);
      if (affine === null) continue;
      found.push({ ...affine, chain, root });
      break;
    }
  }
  return found;
}

/** Values that may be the result, the furthest first. */
function rootsAfter(anchor: Value): Value[] {
  const distance = new Map<Value, number>([[anchor, 0]]);
  for (const [value, steps] of distance) {
    if (steps === FURTHEST || distance.size > MOST_ROOTS) break;
    for (const node of value.uses) {
      const output = node.outputs[0];
      if (output == null || node.graph !== anchor.graph || distance.has(output)) continue;
      if (isOp(node, ...AROUND) || handsOn(node)) distance.set(output, steps + 1);
    }
  }
  return [...distance.keys()].sort((a, b) => b.producer!.index - a.producer!.index);
}
