// Every package, as a program in Node uses it: onnxruntime-web finds its own files there, which in a bundle is the bundler's matter.
import { conformanceTests, generatedCases } from '@normlayers/conformance';
import { onnxruntimeWebAdapter } from '@normlayers/onnxruntime-web';
import { wasmAdapter } from '@normlayers/wasm';
import * as ort from 'onnxruntime-web';
import { differenceOf } from './example.mjs';

ort.env.logLevel = 'error';
ort.env.wasm.numThreads = 1;
console.log(`and: ${await differenceOf(onnxruntimeWebAdapter({ ort, provider: 'wasm' }))}`);

// The suite, by a runner of three lines.
const tests = new Map();
conformanceTests({ adapter: await wasmAdapter(), test: (name, run) => tests.set(name, run) });
const some = [...tests.values()].slice(0, 50);
for (const run of some) await run();
console.log(`${some.length} of the suite's ${generatedCases().length} cases passed`);
