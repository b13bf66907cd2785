import type { TfjsArtifacts } from './artifacts';

/** A reference to another layer's output: its name, which call of it, which output, and arguments. */
export type InboundRef = [layer: string, call: number, output: number, ...rest: unknown[]];

/** A layer of a Keras model's configuration. Read and changed in place, on a copy. */
export interface LayerConfig {
  class_name: string;
  name?: string;
  config: Record<string, unknown> & { name?: string; layers?: LayerConfig[] };
  inbound_nodes?: unknown[];
}

/** A list of layers: a Sequential or functional model, or one nested in another. */
export interface LayerGraph {
  readonly layers: LayerConfig[];
  /** Of a functional model: its input layers. */
  readonly inputs: InboundRef[];
  /** Of a functional model: where its outputs come from. */
  readonly outputs: InboundRef[];
  readonly isSequential: boolean;
}

/** A model's or a nested model's configuration; null where it is another layer's. */
export function graphOfModel(model: unknown): LayerGraph | null {
  const { class_name: kind, config } = (model ?? {}) as { class_name?: string; config?: unknown };
  const layers = (
    Array.isArray(config) ? config : (config as { layers?: unknown } | null | undefined)?.layers
  ) as LayerConfig[];
  if (!Array.isArray(layers)) return null;
  type Refs = InboundRef[] | InboundRef | undefined;
  const { input_layers: inputs, output_layers: outputs } = config as {
    input_layers?: Refs;
    output_layers?: Refs;
  };
  return { layers, inputs: listed(inputs), outputs: listed(outputs), isSequential: kind === 'Sequential' };
}

/** A copy of a layers model's topology, and its graphs: the model's own, then those of models within it. */
export function layerGraphs({ modelTopology }: TfjsArtifacts): { topology: object; graphs: LayerGraph[] } {
  const topology = structuredClone(modelTopology ?? {}) as { model_config?: unknown };
  const graphs: LayerGraph[] = [];
  const visit = (model: unknown) => {
    const graph = graphOfModel(model);
    if (graph === null) return;
    graphs.push(graph);
    for (const layer of graph.layers) visit(layer);
  };
  visit(topology.model_config ?? topology);
  return { topology, graphs };
}

/** Keras 3 writes a model's only input or output without a list around it. */
function listed(refs: InboundRef[] | InboundRef = []): InboundRef[] {
  return (Array.isArray(refs[0]) || refs.length === 0 ? refs : [refs]) as InboundRef[];
}

export function layerName(layer: LayerConfig): string {
  return layer.config.name ?? layer.name ?? '';
}

/** The layers that a layer takes, one list for each of its calls. */
export function callsOf(layer: LayerConfig): InboundRef[][] {
  return (layer.inbound_nodes ?? []).map((node) => {
    const refs: InboundRef[] = [];
    collect(node, refs);
    return refs;
  });
}

/** Nested lists, and the objects that Keras 3 writes instead, hold references somewhere. */
function collect(node: unknown, refs: InboundRef[]): void {
  if (Array.isArray(node)) {
    if (typeof node[0] === 'string' && typeof node[1] === 'number') refs.push(node as InboundRef);
    else for (const one of node) collect(one, refs);
  } else if (typeof node === 'object' && node !== null) {
    const history = (node as { config?: { keras_history?: unknown } }).config?.keras_history;
    if (history !== undefined) collect(history, refs);
    else for (const one of Object.values(node)) collect(one, refs);
  }
}

/** Who comes before whom in a graph of layers. */
export class LayerLinks {
  readonly #graph: LayerGraph;
  readonly #byName = new Map<string, LayerConfig>();
  readonly #users = new Map<string, LayerConfig[]>();

  constructor(graph: LayerGraph) {
    this.#graph = graph;
    graph.layers.forEach((layer, i) => {
      this.#byName.set(layerName(layer), layer);
      const before = graph.isSequential
        ? graph.layers.slice(Math.max(0, i - 1), i).map(layerName)
        : callsOf(layer).flatMap((refs) => refs.map(([name]) => name));
      for (const name of before) this.#users.set(name, [...(this.#users.get(name) ?? []), layer]);
    });
  }

  /** The one layer that a layer takes; null where it takes several, or is called several times. */
  before(layer: LayerConfig): LayerConfig | null {
    if (this.#graph.isSequential) return this.#graph.layers[this.#graph.layers.indexOf(layer) - 1] ?? null;
    const calls = callsOf(layer);
    const [only] = calls;
    return calls.length === 1 && only!.length === 1 ? (this.#byName.get(only![0]![0]) ?? null) : null;
  }

  /** The one layer that takes a layer's result, where nothing else does. */
  onlyUser(layer: LayerConfig): LayerConfig | null {
    const name = layerName(layer);
    const users = this.#users.get(name) ?? [];
    const calls = this.#graph.isSequential ? 1 : callsOf(layer).length;
    const isOutput = this.#graph.outputs.some(([output]) => output === name);
    return users.length === 1 && calls === 1 && !isOutput ? users[0]! : null;
  }

  /** Takes a layer out: who took its result takes that of the layer before it. */
  remove(layer: LayerConfig): void {
    const { layers, outputs, isSequential } = this.#graph;
    const name = layerName(layer);
    if (!isSequential) {
      const source = callsOf(layer)[0]![0]!;
      const refs = [...layers.flatMap((other) => callsOf(other).flat()), ...outputs];
      for (const ref of refs) if (ref[0] === name) ref.splice(0, 3, source[0], source[1], source[2]);
    }
    const [next] = layers.slice(layers.indexOf(layer) + 1);
    // The first layer of a Sequential says what the model takes.
    if (isSequential && layers[0] === layer && next !== undefined) {
      next.config.batch_input_shape ??= layer.config.batch_input_shape;
    }
    layers.splice(layers.indexOf(layer), 1);
  }
}
