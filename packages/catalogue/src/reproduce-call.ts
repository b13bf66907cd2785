import type { NormCall, Tensor } from '@normlayers/core';

/** Above this many elements a tensor is not written out: the code takes the case from the suite by its name. */
const MOST_WRITTEN = 48;

/**
 * A program that makes one call of the suite again on an adapter, ready to paste.
 *
 * @param turned whether `call` is the case's in its other layout.
 */
export function reproduceCode(adapter: string, caseName: string, call: NormCall, turned: boolean): string {
  const tensors = Object.values(call).filter(isTensor);
  const isSmall = tensors.every(({ data }) => data.length <= MOST_WRITTEN);
  const { imports, open } = openingOf(adapter);
  const lines = isSmall ? callLines(call) : caseLines(caseName, turned);
  const fromCore = isSmall ? ['tensor'] : [];
  const core = [...(adapter === 'reference' ? ['referenceAdapter'] : []), ...fromCore];
  return [
    ...(core.length > 0 ? [`import { ${core.join(', ')} } from '@normlayers/core';`] : []),
    ...(isSmall
      ? []
      : [`import { generatedCases${turned ? ', inOtherLayout' : ''} } from '@normlayers/conformance';`]),
    ...imports,
    '',
    `const adapter = ${open};`,
    ...lines,
    'console.log(await adapter.run(call));',
  ].join('\n');
}

/** What is imported for a back end, where that is not its own name. */
const ORT_BUILDS: Readonly<Record<string, string>> = {
  'webgpu:jsep': 'all',
  'webgpu:native': 'webgpu',
  webnn: 'all',
};

function openingOf(adapter: string): { imports: string[]; open: string } {
  if (adapter === 'wasm' || adapter === 'wasm-threads') {
    const factory = adapter === 'wasm' ? 'wasmAdapter' : 'wasmThreadsAdapter';
    return { imports: [`import { ${factory} } from '@normlayers/wasm';`], open: `await ${factory}()` };
  }
  const native = adapter.startsWith('native:');
  const [family, backend] = adapter.replace('native:', '').split('/');
  if (family === 'tfjs') {
    const factory = native ? 'nativeTfjsAdapter' : 'tfjsAdapter';
    const extra =
      backend === 'wasm' || backend === 'webgpu' ? [`import '@tensorflow/tfjs-backend-${backend}';`] : [];
    return {
      imports: [
        `import { ${factory} } from '@normlayers/tfjs';`,
        "import * as tf from '@tensorflow/tfjs';",
        ...extra,
      ],
      open: `${factory}({ tf, backend: '${backend}' })`,
    };
  }
  if (family === 'onnxruntime-web') {
    const factory = native ? 'nativeOnnxruntimeWebAdapter' : 'onnxruntimeWebAdapter';
    return {
      imports: [
        `import { ${factory} } from '@normlayers/onnxruntime-web';`,
        `import * as ort from 'onnxruntime-web/${ORT_BUILDS[backend] ?? backend}';`,
      ],
      open: `${factory}({ ort, provider: '${backend.split(':')[0]}' })`,
    };
  }
  return { imports: [], open: 'referenceAdapter()' };
}

function caseLines(caseName: string, turned: boolean): string[] {
  const found = `generatedCases().find(({ name }) => name === ${JSON.stringify(caseName)})!`;
  return [`const { call } = ${turned ? `inOtherLayout(${found}.call)!` : found};`];
}

const ARRAYS = { float32: 'Float32Array', float64: 'Float64Array', float16: 'Uint16Array' } as const;

function callLines(call: NormCall): string[] {
  const entries = Object.entries(call).filter(([, value]) => value !== undefined);
  return [
    'const call = {',
    ...entries.map(
      ([name, value]) => `  ${name}: ${isTensor(value) ? tensorCode(value) : JSON.stringify(value)},`,
    ),
    '} as const;',
  ];
}

function tensorCode({ data, dtype, shape }: Tensor): string {
  const numbers = [...data].map((value) => (Object.is(value, -0) ? '-0' : String(value))).join(', ');
  return `tensor(new ${ARRAYS[dtype]}([${numbers}]), [${shape.join(', ')}])`;
}

function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && 'data' in value;
}
