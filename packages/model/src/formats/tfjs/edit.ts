import { freshName } from '../../graph/fresh-name';
import { isOp } from '../../graph/graph';
import type { TfjsArtifacts, Weights } from './artifacts';
import type { TfjsGraph, TfjsNode } from './graph';
import { type AttrValue, type GraphDef, graphDef, type NodeDef, referenceOf } from './graph-def';

/** Changes of a graph model: what is not changed stays the very object that it was. */
export class GraphModelEdit {
  readonly #artifacts: TfjsArtifacts;
  readonly #weights: Weights;
  readonly #topology: GraphDef;
  readonly #names: Set<string>;
  readonly #removed = new Set<TfjsNode>();
  /** What comes in the place of a node, by that node. */
  readonly #added = new Map<NodeDef, NodeDef[]>();

  constructor(artifacts: TfjsArtifacts, weights: Weights) {
    this.#artifacts = artifacts;
    this.#weights = weights;
    this.#topology = graphDef(artifacts);
    this.#names = new Set(allNodes(artifacts).map(({ name }) => name));
  }

  /** A new float32 constant before a node. Gives its name. */
  constant(place: TfjsNode, wish: string, shape: readonly number[], numbers: Float64Array): string {
    const name = freshName(this.#names, wish);
    this.#weights.write(name, shape, numbers);
    const dim = shape.map((size) => ({ size: String(size) }));
    const dtype = 'DT_FLOAT';
    const value = { tensor: { dtype, tensorShape: { dim } } };
    this.#add(place, { name, op: 'Const', attr: { dtype: { type: dtype }, value } });
    return name;
  }

  /** A new node in the place of another. What takes the result does not notice: it has the name of what is replaced. */
  node(
    place: TfjsNode,
    op: string,
    input: readonly string[],
    name: string,
    attr: Readonly<Record<string, AttrValue>>,
  ): void {
    this.#add(place, { name, op, input, attr });
  }

  #add(place: TfjsNode, def: NodeDef): void {
    this.#added.set(place.def, [...(this.#added.get(place.def) ?? []), def]);
  }

  remove(node: TfjsNode): void {
    this.#removed.add(node);
  }

  /** The graphs with all changes, without weights. Constants that nothing takes any more go, and so do their weights. */
  apply(graphs: readonly TfjsGraph[]): TfjsArtifacts {
    const gone = new Set([...this.#removed].map(({ def }) => def));
    for (const graph of graphs) for (const def of this.#orphans(graph)) gone.add(def);
    const changed = (defs: readonly NodeDef[]) =>
      defs.flatMap((def) => [...(this.#added.get(def) ?? []), ...(gone.has(def) ? [] : [def])]);
    const { library: defined } = this.#topology;
    const functions = defined?.function?.map((one) => {
      const defs = one.nodeDef ?? [];
      return defs.some((def) => gone.has(def)) ? { ...one, nodeDef: changed(defs) } : one;
    });
    const modelTopology: GraphDef = {
      ...this.#topology,
      node: changed(this.#topology.node),
      ...(functions === undefined ? {} : { library: { ...defined, function: functions } }),
    };
    const kept = new Set(allNodes({ ...this.#artifacts, modelTopology }).map(({ name }) => name));
    for (const { op, name } of gone) if (op === 'Const' && !kept.has(name)) this.#weights.remove(name);
    return { ...this.#artifacts, modelTopology };
  }

  /** Nodes that were taken by others, and are by none that is left. Those that have effects have no results to take. */
  #orphans({ nodes }: TfjsGraph): NodeDef[] {
    const taken = new Set<string>();
    for (const { def } of nodes) {
      for (const { input = [] } of this.#added.get(def) ?? []) {
        for (const one of input) taken.add(referenceOf(one)?.name ?? '');
      }
    }
    const gone = new Set<TfjsNode>(nodes.filter((node) => this.#removed.has(node)));
    const found: NodeDef[] = [];
    // Users come after what they take.
    for (const node of nodes.toReversed()) {
      if (gone.has(node) || taken.has(node.name) || isOp(node, 'Placeholder')) continue;
      const results = node.outputs.filter((output) => output !== null);
      const uses = results.flatMap((output) => output.uses);
      if (uses.length === 0 || results.some(({ isOutput }) => isOutput)) continue;
      if (!uses.every((use) => gone.has(use as TfjsNode))) continue;
      gone.add(node);
      found.push(node.def);
    }
    return found;
  }
}

/** Of the graph, its functions and the graph that runs before it. */
function allNodes(artifacts: TfjsArtifacts): NodeDef[] {
  const { node, library } = graphDef(artifacts);
  const first = artifacts.modelInitializer as Partial<GraphDef> | undefined;
  return [
    ...node,
    ...(library?.function ?? []).flatMap(({ nodeDef = [] }) => nodeDef),
    ...(first?.node ?? []),
  ];
}
