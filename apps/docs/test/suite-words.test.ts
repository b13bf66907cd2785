import { generatedCases } from '@normlayers/conformance';
import { onnxruntimeWebAdapter } from '@normlayers/onnxruntime-web';
import { nativeTfjsAdapter, tfjsAdapter } from '@normlayers/tfjs';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-web';
import { expect, test } from 'vitest';
import { suiteWords } from '../src/text/zh/suite-words';

const HAN = /\p{Script=Han}/u;

test('what each case is there for is said in Chinese', () => {
  for (const { note } of generatedCases()) if (note !== undefined) expect(suiteWords(note)).toMatch(HAN);
});

test('why adapters do not compute a call is said in Chinese', async () => {
  const native = { ort, strategy: 'native' } as const;
  const adapters = [
    tfjsAdapter({ tf, backend: 'cpu' }),
    nativeTfjsAdapter({ tf, backend: 'cpu' }),
    onnxruntimeWebAdapter({ ...native, provider: 'wasm' }),
    onnxruntimeWebAdapter({ ...native, provider: 'webgl' }),
    onnxruntimeWebAdapter({ ...native, provider: 'webgpu' }),
  ];
  const reasons = new Set<string>();
  for (const adapter of adapters) {
    for (const { call, refusal } of generatedCases()) {
      const support = refusal === undefined ? adapter.supports(call) : { supported: true };
      if ('reason' in support) reasons.add(support.reason as string);
    }
    await adapter.dispose();
  }
  expect(reasons.size).toBeGreaterThan(10);
  for (const reason of reasons) expect(suiteWords(reason)).toMatch(HAN);
});
