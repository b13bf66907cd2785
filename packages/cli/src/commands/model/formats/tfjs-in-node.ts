import { NODE } from '@normlayers/catalogue/node';
import { tfjsForModels } from '@normlayers/catalogue/tfjs-for-models';
import { type RunModel, type TfjsArtifacts, tfjsRunner } from '@normlayers/model/tfjs';
import { installed } from './installed';

/** Runs TensorFlow.js's models on one of its backends in this process; those with our layers and operators too. */
export function tfjsInNode(backend: string): RunModel<TfjsArtifacts> {
  return async (model, inputs) => {
    const tf = await installed('tfjs', backend, () => tfjsForModels(NODE.frameworks, backend));
    return tfjsRunner(tf)(model, inputs);
  };
}
