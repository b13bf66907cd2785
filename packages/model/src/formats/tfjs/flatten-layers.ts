import { freshName } from '../../graph/fresh-name';
import { type TfjsArtifacts, Weights } from './artifacts';
import { callsOf, graphOfModel, type InboundRef, type LayerConfig, layerName } from './layers';

/** A layer of a flat model: it is called once. */
export interface FlatLayer {
  readonly layer: LayerConfig;
  /** What it was called in the model. */
  readonly source: string;
  /** What it takes. */
  readonly inputs: readonly InboundRef[];
}

export interface FlatModel {
  readonly layers: readonly FlatLayer[];
  readonly outputs: readonly InboundRef[];
  /** The model as it was, with weights for layers that are there several times. */
  readonly artifacts: TfjsArtifacts;
}

/**
 * The layers of a model without models in it: those of models within it stand among its own, and one that is called several
 * times is there once for each call. Null where that cannot be said: a wrapper's weights have the names of what it wraps.
 */
export function flattenedLayers(artifacts: TfjsArtifacts): FlatModel | null {
  const topology = (artifacts.modelTopology ?? {}) as { model_config?: unknown };
  const flattening = new Flattening(artifacts);
  const outputs = flattening.flatten(topology.model_config ?? topology, null);
  return outputs === null ? null : flattening.result(outputs);
}

class Flattening {
  readonly #artifacts: TfjsArtifacts;
  readonly #weights: Weights;
  readonly #names = new Set<string>();
  readonly #layers: FlatLayer[] = [];
  #copied = false;

  constructor(artifacts: TfjsArtifacts) {
    this.#artifacts = artifacts;
    this.#weights = new Weights(artifacts);
  }

  result(outputs: readonly InboundRef[]): FlatModel {
    const artifacts = this.#copied ? { ...this.#artifacts, ...this.#weights.toArtifacts() } : this.#artifacts;
    return { layers: this.#layers, outputs, artifacts };
  }

  /** @param given what a model within the model is called with; null: it is the model itself. */
  flatten(model: unknown, given: readonly InboundRef[] | null): InboundRef[] | null {
    const graph = graphOfModel(model);
    if (graph === null) return null;
    return graph.isSequential ? this.#sequential(graph.layers, given) : this.#functional(model, given);
  }

  #sequential(layers: readonly LayerConfig[], given: readonly InboundRef[] | null): InboundRef[] | null {
    let current = given?.[0] ?? null;
    for (const layer of layers) {
      if (layer.class_name === 'InputLayer') {
        current ??= this.#add({ ...structuredClone(layer), inbound_nodes: [] }, []);
        continue;
      }
      current ??= this.#inputOf(layer);
      if (graphOfModel(layer) !== null) {
        const results: InboundRef[] | null = this.flatten(layer, [current]);
        if (results?.[0] === undefined) return null;
        [current] = results;
        continue;
      }
      const taken: InboundRef = [...current];
      const own = { ...structuredClone(layer), name: layerName(layer), inbound_nodes: [[[...taken, {}]]] };
      current = this.#add(own, [taken]);
      if (current === null) return null;
    }
    return current === null ? null : [current];
  }

  #functional(model: unknown, given: readonly InboundRef[] | null): InboundRef[] | null {
    const { layers, inputs, outputs } = graphOfModel(model)!;
    const byName = new Map(layers.map((layer) => [layerName(layer), layer]));
    const results = new Map<string, InboundRef[] | null>();
    const resultsOf = (layer: LayerConfig, call: number): InboundRef[] | null => {
      const key = `${call} ${layerName(layer)}`;
      const known = results.get(key);
      if (known !== undefined) return known;
      // Not made of itself.
      results.set(key, null);
      const made = make(layer, call);
      results.set(key, made);
      return made;
    };
    const make = (layer: LayerConfig, call: number): InboundRef[] | null => {
      if (layer.class_name === 'InputLayer') {
        const place = inputs.findIndex(([name]) => name === layerName(layer));
        const ref = given === null ? this.#add(structuredClone(layer), []) : given[place];
        return ref == null ? null : [ref];
      }
      const own = structuredClone(layer);
      const refs = callsOf(own)[call];
      if (refs === undefined) return null;
      for (const ref of refs) {
        const found = resultOf(ref);
        if (found === null) return null;
        ref.splice(0, 3, ...found);
      }
      const taken = refs.map(([name, node, output]): InboundRef => [name, node, output]);
      if (graphOfModel(layer) !== null) return this.flatten(layer, taken);
      own.inbound_nodes = [own.inbound_nodes![call]];
      const ref = this.#add(own, taken);
      return ref === null ? null : [ref];
    };
    const resultOf = ([name, node, output]: InboundRef): InboundRef | null => {
      const layer = byName.get(name);
      if (layer === undefined) return null;
      const isModel = graphOfModel(layer) !== null;
      // A model within the model has been called once when it was made.
      const all = resultsOf(layer, isModel ? node - 1 : node);
      if (all === null) return null;
      if (isModel) return all[output] ?? null;
      return layer.class_name === 'InputLayer' ? all[0]! : [all[0]![0], 0, output];
    };
    for (const layer of layers) {
      const calls = layer.class_name === 'InputLayer' ? 1 : callsOf(layer).length;
      for (let call = 0; call < calls; call++) if (resultsOf(layer, call) === null) return null;
    }
    const made = outputs.map(resultOf);
    return made.includes(null) ? null : (made as InboundRef[]);
  }

  /** An input layer for the first layer of a Sequential, which says what the model takes. */
  #inputOf(layer: LayerConfig): InboundRef {
    let first = layer;
    for (let inner = graphOfModel(first); inner?.layers[0] !== undefined; inner = graphOfModel(first)) {
      first = inner.layers[0];
    }
    const { batch_input_shape, dtype = 'float32' } = first.config;
    const name = `${layerName(layer)}_input`;
    const config = { name, batch_input_shape, dtype, sparse: false };
    return this.#add({ class_name: 'InputLayer', name, config, inbound_nodes: [] }, [])!;
  }

  /** Null where a second one of it would need weights that are not named by it. */
  #add(layer: LayerConfig, inputs: readonly InboundRef[]): InboundRef | null {
    const source = layerName(layer);
    const name = freshName(this.#names, source);
    if (name !== source) {
      if (layer.config.layer !== undefined) return null;
      this.#weights.copy(source, name);
      this.#copied = true;
    }
    layer.name = name;
    layer.config.name = name;
    this.#layers.push({ layer, source, inputs });
    return [name, 0, 0];
  }
}
