import { PAGE } from '@normlayers/catalogue/page';
import { tfjsForModels } from '@normlayers/catalogue/tfjs-for-models';
import type { ModelTensors } from '@normlayers/model';
import { tfjsArtifacts, tfjsRunner } from '@normlayers/model/tfjs';

/** Runs a TensorFlow.js model on one of its backends; one with our layers and operators too. */
export async function runTfjs(
  backend: string,
  files: Readonly<Record<string, Uint8Array>>,
  inputs: ModelTensors,
): Promise<ModelTensors> {
  const tf = await tfjsForModels(PAGE.frameworks, backend);
  return tfjsRunner(tf)(tfjsArtifacts(files), inputs);
}
