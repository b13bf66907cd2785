import type { TfjsArtifacts } from './artifacts';
import { callsOf, type InboundRef, type LayerConfig, layerGraphs, layerName } from './layers';

/** A layers model whose outputs are some of its layers' inputs and results. */
export interface TappedLayers {
  readonly artifacts: TfjsArtifacts;
  /** By the names of the layers: which input they take. Those that are called more than once are left out. */
  readonly tapped: ReadonlyMap<string, { readonly layer: LayerConfig; readonly input: InboundRef }>;
}

/** The model with the inputs and results of some layers as its outputs, each named by the layer that makes it. */
export function withLayerOutputs(artifacts: TfjsArtifacts, names: readonly string[]): TappedLayers {
  const { topology, graphs } = layerGraphs(artifacts);
  const main = graphs[0];
  const tapped = new Map<string, { layer: LayerConfig; input: InboundRef }>();
  if (main === undefined) return { artifacts, tapped };
  const layers = main.isSequential ? chained(main.layers) : main.layers;
  const outputs = new Map<string, InboundRef>();
  // The model's own stay: without them TensorFlow.js would miss the layers behind the last norm.
  const last = layers.at(-1);
  const own = !main.isSequential ? main.outputs : last === undefined ? [] : [resultOf(last)];
  for (const ref of own) outputs.set(JSON.stringify(ref), ref);
  for (const layer of layers) {
    const name = layerName(layer);
    const calls = callsOf(layer);
    const [input] = calls[0] ?? [];
    if (!names.includes(name) || calls.length !== 1 || input === undefined) continue;
    // A result is named by its layer: the first of the first call's.
    const maker = layers.find((one) => layerName(one) === input[0]);
    const taken = maker === undefined ? null : resultOf(maker);
    if (taken === null || input[1] !== taken[1] || input[2] !== 0) continue;
    tapped.set(name, { layer, input });
    for (const ref of [taken, resultOf(layer)]) {
      outputs.delete(JSON.stringify(ref));
      outputs.set(JSON.stringify(ref), ref);
    }
  }
  if (tapped.size === 0) return { artifacts, tapped };
  const model = ((topology as { model_config?: object }).model_config ?? topology) as {
    class_name?: string;
    config?: object;
  };
  const first = layers[0]!;
  model.config = {
    ...(Array.isArray(model.config) ? { name: 'model' } : model.config),
    layers,
    ...(main.isSequential ? { input_layers: [[layerName(first), 0, 0]] } : {}),
    output_layers: [...outputs.values()],
  };
  if (main.isSequential) model.class_name = 'Model';
  return { artifacts: { ...artifacts, modelTopology: topology }, tapped };
}

/** What the first call of a layer gives. A model within the model has been called once when it was made. */
function resultOf(layer: LayerConfig): InboundRef {
  return [layerName(layer), Array.isArray(layer.config.layers) || Array.isArray(layer.config) ? 1 : 0, 0];
}

/** The layers of a Sequential, each taking the one before it, behind an input layer. */
function chained(layers: readonly LayerConfig[]): LayerConfig[] {
  const [first] = layers;
  const isInput = first?.class_name === 'InputLayer';
  const { batch_input_shape, dtype = 'float32' } = first?.config ?? {};
  const name = isInput ? layerName(first!) : `${first === undefined ? '' : layerName(first)}_input`;
  const input: LayerConfig = {
    class_name: 'InputLayer',
    name,
    config: { name, batch_input_shape, dtype, sparse: false },
    inbound_nodes: [],
  };
  let before = resultOf(input);
  const rest = (isInput ? layers.slice(1) : layers).map((layer): LayerConfig => {
    const own = layerName(layer);
    const taking = { ...layer, name: own, inbound_nodes: [[[...before, {}]]] };
    before = resultOf(layer);
    return taking;
  });
  return [input, ...rest];
}
