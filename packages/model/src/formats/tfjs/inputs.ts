import type { Dimension } from '../../graph/graph';
import { type TfjsArtifacts, tfjsFormat } from './artifacts';
import { tfjsGraphs } from './graph';
import { inputNames } from './graph-def';
import { type LayerConfig, layerGraphs, layerName } from './layers';

/** What a TensorFlow.js model takes, in its order and by the names that TensorFlow.js has for it. */
export function tfjsInputs(
  artifacts: TfjsArtifacts,
): { name: string; type: string | null; shape: readonly Dimension[] | null }[] {
  if (tfjsFormat(artifacts) === 'tfjs-graph') {
    const nodes = tfjsGraphs(artifacts)[0]!.nodes;
    const names = inputNames(artifacts);
    const taken = nodes.filter(({ op, name }) => (names === null ? op === 'Placeholder' : names.has(name)));
    return taken.map(({ name, outputs: [value] }) => {
      const { type, shape } = value!;
      // TensorFlow.js has no longer integers.
      return { name: names?.get(name) ?? name, type: type === 'int64' ? 'int32' : type, shape };
    });
  }
  const { graphs } = layerGraphs(artifacts);
  const main = graphs[0];
  if (main === undefined) return [];
  const { layers, inputs, isSequential } = main;
  if (!isSequential) {
    return inputs.map(([name]) =>
      described(
        name,
        layers.find((layer) => layerName(layer) === name),
      ),
    );
  }
  const [first] = layers;
  if (first === undefined) return [];
  const isInput = first.class_name === 'InputLayer';
  return [described(isInput ? layerName(first) : `${layerName(first)}_input`, first)];
}

function described(name: string, layer: LayerConfig | undefined) {
  const { batch_input_shape: shape, batch_shape: shapeOfKeras3, dtype } = layer?.config ?? {};
  const given = shape ?? shapeOfKeras3;
  return {
    name,
    type: typeof dtype === 'string' ? dtype : 'float32',
    shape: Array.isArray(given) ? (given as Dimension[]) : null,
  };
}
