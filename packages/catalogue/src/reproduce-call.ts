import type { ConformanceCase } from '@normlayers/conformance';
import { isTensor, type NormCall, type Tensor, tensorsOf } from '@normlayers/core/adapter';
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
 * A program that makes one call of the suite again on a back end: JavaScript, which Node and a bundler run as it is.
 *
 * @param adapter a back end's name.
 * @param turned whether `call` is the case's in its other layout.
 */
export function reproduceCall(
  adapter: string,
  testCase: ConformanceCase,
  call: NormCall,
  turned: boolean,
): string {
  const isSmall = Object.values(tensorsOf(call)).every(({ data }) => data.length <= MOST_WRITTEN);
  const { imports, open } = entryOf(adapter)?.code ?? REFERENCE;
  const lines = isSmall
    ? [
        "import { tensor } from '@normlayers/core';",
        ...imports,
        '',
        `const adapter = ${open};`,
        ...runLines(call),
      ]
    : [
        ...caseImports(testCase, turned),
        ...imports,
        '',
        `const adapter = ${open};`,
        ...caseLines(testCase, turned),
        'console.log(await adapter.run(call));',
      ];
  return lines.join('\n');
}

function caseImports({ tags }: ConformanceCase, turned: boolean): string[] {
  const names = [
    tags.includes('vector') ? 'vectorCases' : 'generatedCases',
    ...(turned ? ['inOtherLayout'] : []),
  ];
  return [
    ...(tags.includes('vector') ? ["import { readFileSync } from 'node:fs';"] : []),
    `import { ${names.join(', ')} } from '@normlayers/conformance';`,
  ];
}

/** A case from vectors is looked for in the file that it stands in, which the program must be told. */
function caseLines({ name, tags }: ConformanceCase, turned: boolean): string[] {
  const cases = tags.includes('vector')
    ? "vectorCases(JSON.parse(readFileSync('vectors.json', 'utf8'))).cases"
    : 'generatedCases()';
  const found = `${cases}.find(({ name }) => name === ${JSON.stringify(name)})`;
  return [`const { call } = ${turned ? `inOtherLayout(${found}.call)` : found};`];
}

const ARRAYS = { float32: 'Float32Array', float64: 'Float64Array', float16: 'Uint16Array' } as const;

function runLines(call: NormCall): string[] {
  const entries = Object.entries(call).filter(([, value]) => value !== undefined);
  return [
    'const results = await adapter.run({',
    ...entries.map(
      ([name, value]) => `  ${name}: ${isTensor(value) ? tensorCode(value) : JSON.stringify(value)},`,
    ),
    '});',
    'console.log(results);',
  ];
}

function tensorCode({ data, dtype, shape }: Tensor): string {
  const numbers = [...data].map((value) => (Object.is(value, -0) ? '-0' : String(value))).join(', ');
  return `tensor(new ${ARRAYS[dtype]}([${numbers}]), [${shape.join(', ')}])`;
}
