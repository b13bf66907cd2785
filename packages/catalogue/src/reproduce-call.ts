import type { NormCall, Tensor } from '@normlayers/core';
import { entryOf } from './catalogue';
import type { OpeningCode } from './entry';

/** What is written for an adapter that the catalogue does not have. */
const REFERENCE: OpeningCode = {
  imports: ["import { referenceAdapter } from '@normlayers/core';"],
  open: 'referenceAdapter()',
};

/** Above this many elements a tensor is not written out: the code takes the case from the suite by its name. */
const MOST_WRITTEN = 48;

/**
 * A program that makes one call of the suite again on a back end, ready to paste.
 *
 * @param adapter a back end's name.
 * @param turned whether `call` is the case's in its other layout.
 */
export function reproduceCall(adapter: string, caseName: string, call: NormCall, turned: boolean): string {
  const tensors = Object.values(call).filter(isTensor);
  const isSmall = tensors.every(({ data }) => data.length <= MOST_WRITTEN);
  const { imports, open } = entryOf(adapter)?.code ?? REFERENCE;
  const lines = isSmall ? callLines(call) : caseLines(caseName, turned);
  return [
    ...(isSmall
      ? ["import { tensor } from '@normlayers/core';"]
      : [`import { generatedCases${turned ? ', inOtherLayout' : ''} } from '@normlayers/conformance';`]),
    ...imports,
    '',
    `const adapter = ${open};`,
    ...lines,
    'console.log(await adapter.run(call));',
  ].join('\n');
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
