import type { Possibility, Target } from '@normlayers/model';

export default {
  title: 'Your model',
  drop: 'Drop an .onnx file here, or a TensorFlow.js model.json with its shards.',
  choose: 'Choose files',
  sample: 'Try a real one: PaddleOCR’s text direction (0.6 MB)',
  cancel: 'Cancel',
  stays: 'Nothing of it leaves this browser.',
  stages: {
    reading: 'Reading …',
    fetching: 'Fetching the runtime …',
    running: 'Running, norm by norm …',
    mending: 'Mending …',
  },
  failed: (why: string) => `This did not work: ${why}`,
  found: (count: number, name: string) =>
    `${count} ${count === 1 ? 'normalization' : 'normalizations'} in ${name}`,
  runOn: 'Run it on',
  sizes: 'Sizes of open dimensions',
  run: 'Run it here',
  norm: 'norm',
  spelling: 'spelt as',
  advice: 'what can be done',
  digits: (provider: string) => `digits right, ${provider}`,
  largest: 'largest input',
  headroom: 'float16 headroom, bits',
  foldInto: (layer: string) => `can be folded into ${layer}`,
  fuseTo: (operator: string) => `can become one ${operator}`,
  notFolded: ({ message = '' }: Possibility) => `not folded: ${message}`,
  notFused: ({ message = '' }: Possibility) => `left as it is: ${message}`,
  asItIs: 'as it should be',
  noDrift: (providers: number): string =>
    providers > 1 ? 'The back ends agree on the inputs of every norm to 3 digits and more.' : 'Worst first.',
  drift: (norm: string, providers: readonly [string, string], digits: string) =>
    `${providers[0]} and ${providers[1]} part before ${norm}: ${digits} digits of its input agree.`,
  sampleNote: (name: string, count: number) =>
    `What comes of a real one, ${name}, which the page has to try: ${count} normalizations.`,
  sampleMended: (changes: number, before: string, after: string) =>
    `Mended: ${changes} of them folded or fused; its file goes from ${before} to ${after}.`,
  target: 'Mend it for',
  targets: {
    any: 'any reader of ONNX',
    wasm: 'onnxruntime-web, wasm',
    webgpu: 'onnxruntime-web, WebGPU',
  } as Record<Target, string>,
  mend: 'Mend and verify',
  nothing: 'Nothing to mend.',
  changed: (fused: number, folded: number) =>
    `Fused into one operator: ${fused}. Batch Norms folded: ${folded}.`,
  agrees: (digits: string, right: boolean) =>
    right
      ? `The mended model agrees to ${digits} digits.`
      : `The mended model agrees to ${digits} digits only: it is not offered.`,
  download: 'Download',
};
