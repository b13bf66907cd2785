import type { TfjsArtifacts } from './artifacts';
import { type FlatLayer, flattenedLayers } from './flatten-layers';
import type { InboundRef } from './layers';

/** A layers model whose outputs are some of its layers' inputs and results. */
export interface TappedLayers {
  readonly artifacts: TfjsArtifacts;
  /** By the names that layers have in the model: each of their calls. */
  readonly tapped: ReadonlyMap<string, readonly FlatLayer[]>;
}

/** The model with the inputs and results of some layers as its outputs, each named by the layer that makes it. */
export function withLayerOutputs(artifacts: TfjsArtifacts, names: readonly string[]): TappedLayers {
  const tapped = new Map<string, FlatLayer[]>();
  const flat = flattenedLayers(artifacts);
  if (flat === null) return { artifacts, tapped };
  const outputs = new Map<string, InboundRef>();
  // The model's own stay: without them TensorFlow.js would miss the layers behind the last norm.
  for (const ref of flat.outputs) outputs.set(JSON.stringify(ref), ref);
  for (const one of flat.layers) {
    const [input] = one.inputs;
    // A result is named by its layer: the first that the layer gives.
    if (!names.includes(one.source) || input === undefined || input[2] !== 0) continue;
    tapped.set(one.source, [...(tapped.get(one.source) ?? []), one]);
    for (const ref of [input, [one.layer.config.name, 0, 0] as InboundRef]) {
      outputs.delete(JSON.stringify(ref));
      outputs.set(JSON.stringify(ref), ref);
    }
  }
  if (tapped.size === 0) return { artifacts, tapped };
  const inputs = flat.layers.filter(({ layer }) => layer.class_name === 'InputLayer');
  const config = {
    name: 'model',
    layers: flat.layers.map(({ layer }) => layer),
    input_layers: inputs.map(({ layer }): InboundRef => [layer.config.name!, 0, 0]),
    output_layers: [...outputs.values()],
  };
  const model = { class_name: 'Model', config };
  const { modelTopology } = flat.artifacts;
  const topology = 'model_config' in modelTopology! ? { ...modelTopology, model_config: model } : model;
  return { artifacts: { ...flat.artifacts, modelTopology: topology }, tapped };
}
