import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { NODE } from '@normlayers/catalogue/node';
import type { RunModel } from '@normlayers/model';
import { installed } from './installed';
import { inside, type OnnxModelFile } from './model-file';

/** Runs models by onnxruntime-web's wasm provider in this process, as a page has it by default. */
export function wasmInNode({ path, locations }: OnnxModelFile): RunModel {
  const folder = dirname(resolve(path));
  return async (bytes, inputs) => {
    const ort = await installed('onnxruntime-web', 'wasm', () => NODE.frameworks.ort('wasm'));
    if (ort.env !== undefined) ort.env.logLevel = 'fatal';
    const session = await ort.InferenceSession.create(bytes.slice(), {
      executionProviders: ['wasm'],
      logSeverityLevel: 4,
      externalData: locations.map((location) => ({
        path: location,
        data: new Uint8Array(readFileSync(inside(folder, location))),
      })),
    });
    try {
      const feeds = Object.entries(inputs).map(([name, { type, data, dims }]) => [
        name,
        new ort.Tensor(type as 'float32', data as Float32Array, dims),
      ]);
      return (await session.run(Object.fromEntries(feeds))) as never;
    } finally {
      await session.release();
    }
  };
}
