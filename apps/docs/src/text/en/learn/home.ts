import type { SHOWN } from '../../../home/recorded-digits';

export default {
  picture:
    'A row of numbers slides away from zero, from 1 to 100,000 standard deviations. Digits of the textbook variance go out first, then those of onnxruntime-web’s own operator; ours stay.',
  caption: 'Layer Norm of 768 float32 numbers, ever further from zero: each lamp is a digit that is right.',
  lines: {
    textbook: ['E[x²] − E[x]²', 'the textbook, in float32'],
    'native:onnxruntime-web/wasm': ['onnxruntime-web', 'its own operator, wasm'],
    'onnxruntime-web/wasm': ['normlayers', 'on onnxruntime-web, wasm'],
  } as Record<(typeof SHOWN)[number], readonly [string, string]>,
  /** The three figures, each with the command that shows it. */
  digits: (ours: number, theirs: number) =>
    `${ours.toFixed(1)} digits right around 10,000, where onnxruntime-web’s own operator has ${theirs.toFixed(1)}`,
  cases: (cases: number, adapters: number) =>
    `${cases.toLocaleString('en-US')} cases on each of ${adapters} back ends in Node and Chromium, all that they take accurate`,
  speed: (times: string, theirs: string) =>
    `${times} times a copy of the same bytes for Layer Norm in WebAssembly; onnxruntime-web’s own takes ${theirs}`,
};
