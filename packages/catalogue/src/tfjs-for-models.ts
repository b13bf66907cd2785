import { useNormOperators } from '@normlayers/tfjs';
import { useNormLayers } from '@normlayers/tfjs/layers';
import type { Frameworks } from './frameworks';

/** TensorFlow.js with our layers and operators, so that whole models that have them load too. */
export async function tfjsForModels(frameworks: Frameworks, backend: string) {
  const tf = await frameworks.tfjs(backend);
  // It warns of every backend that is chosen after the first.
  tf.enableProdMode();
  useNormLayers(tf);
  await useNormOperators(tf);
  return tf;
}
