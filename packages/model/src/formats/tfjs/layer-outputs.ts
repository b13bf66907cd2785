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
  for (const layer of layers) {
    const name = layerName(layer);
    const calls = callsOf(layer);
    const [input] = calls[0] ?? [];
    if (!names.includes(name) || calls.length !== 1 || input === undefined) continue;
    // A result is named by its layer: the first of the first call's.
    if (input[1] !== 0 || input[2] !== 0) continue;
    tapped.set(name, { layer, input });
    outputs.set(input[0], [input[0], 0, 0]);
    outputs.set(name, [name, 0, 0]);
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
  let before = name;
  const rest = (isInput ? layers.slice(1) : layers).map((layer): LayerConfig => {
    const own = layerName(layer);
    const taking = { ...layer, name: own, inbound_nodes: [[[before, 0, 0, {}]]] };
    before = own;
    return taking;
  });
  return [input, ...rest];
}
