import type { TfjsArtifacts } from '../formats/tfjs/artifacts';
import { LayerLinks, layerGraphs, layerName } from '../formats/tfjs/layers';
import type { Norm } from './norm';

const OTHERS: Readonly<Record<string, Norm['op']>> = {
  LayerNormalization: 'layerNorm',
  GroupNormalization: 'groupNorm',
  'Addons>GroupNormalization': 'groupNorm',
  InstanceNormalization: 'instanceNorm',
  'Addons>InstanceNormalization': 'instanceNorm',
  RMSNormalization: 'rmsNorm',
};

/** The norms of a layers model that are layers by themselves, but for Batch Norm. */
export function layerNorms(artifacts: TfjsArtifacts): Norm[] {
  return layerGraphs(artifacts).graphs.flatMap((graph) => {
    const links = new LayerLinks(graph);
    return graph.layers.flatMap((layer): Norm[] => {
      if (!Object.hasOwn(OTHERS, layer.class_name)) return [];
      const { config } = layer;
      const name = layerName(layer);
      const groups = typeof config.groups === 'number' ? config.groups : 32;
      const named = OTHERS[layer.class_name]!;
      // So Keras writes Instance Norm.
      const op = named === 'groupNorm' && groups === -1 ? 'instanceNorm' : named;
      const axes = Array.isArray(config.axis) ? (config.axis as number[]) : [Number(config.axis ?? -1)];
      const before = links.before(layer);
      return [
        {
          op,
          spelling: layer.class_name,
          nodes: [name],
          graph: '',
          input: before === null ? '' : layerName(before),
          output: name,
          ...(op === 'layerNorm' || op === 'rmsNorm' ? { axes } : {}),
          ...(op === 'groupNorm' ? { groups } : {}),
          epsilon: typeof config.epsilon === 'number' ? config.epsilon : op === 'rmsNorm' ? 1e-6 : 1e-3,
          gamma: config.scale === false ? null : `${name}/${op === 'rmsNorm' ? 'scale' : 'gamma'}`,
          beta: config.center === false || op === 'rmsNorm' ? null : `${name}/beta`,
          dtype: 'float32',
        },
      ];
    });
  });
}
