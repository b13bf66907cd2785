import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { expect, test } from 'vitest';
import { GRADIENT_BYTES, GROUP_BYTES } from '../../src/kernels/geometry';
import { LAUNCH_BYTES, LAUNCH_FIELDS, WORD } from '../../src/kernels/launch';

const ASSEMBLY = fileURLToPath(new URL('../../assembly/', import.meta.url));

/** What AssemblyScript says of the records: each number by the name of its function. */
const QUESTIONS = {
  ...Object.fromEntries([...LAUNCH_FIELDS, 'epsilon'].map((name) => [name, `offsetof<Launch>('${name}')`])),
  fieldsEnd: 'offsetof<Launch>()',
  launchBytes: 'LAUNCH_BYTES',
  group32: 'groupBytes<f32>()',
  group64: 'groupBytes<f64>()',
  gradient32: 'gradientBytes<f32>()',
  gradient64: 'gradientBytes<f64>()',
};

async function askAssemblyScript(): Promise<Record<string, number>> {
  const source = [
    "import { Launch, LAUNCH_BYTES } from './launch';",
    "import { gradientBytes, groupBytes } from './stretches/groups';",
    ...Object.entries(QUESTIONS).map(
      ([name, answer]) => `export function ${name}(): usize { return ${answer}; }`,
    ),
  ].join('\n');
  let binary = new Uint8Array();
  const { error, stderr } = await asc.main(
    ['questions.ts', '--outFile', 'answers.wasm', '--runtime', 'stub', '--noAssert', '--enable', 'simd'],
    {
      readFile: (name) =>
        name === 'questions.ts' ? source : readFile(join(ASSEMBLY, name), 'utf8').catch(() => null),
      writeFile(_, contents) {
        binary = contents as Uint8Array<ArrayBuffer>;
      },
      listFiles: () => [],
    },
  );
  expect(error, stderr.toString()).toBeNull();
  const abort = () => undefined;
  const { instance } = await WebAssembly.instantiate(binary, { env: { abort } });
  return Object.fromEntries(
    Object.keys(QUESTIONS).map((name) => [name, (instance.exports[name] as () => number)()]),
  );
}

test('launches and the records in scratch lie in memory as AssemblyScript lays them out', async () => {
  const answers = await askAssemblyScript();
  expect(answers.epsilon).toBe(0);
  for (const name of LAUNCH_FIELDS) expect(answers[name], name).toBe(WORD[name] * 4);
  // No field of theirs is missing here.
  expect(answers.fieldsEnd).toBe((LAUNCH_FIELDS.length + 2) * 4);
  expect(answers.launchBytes).toBeLessThanOrEqual(LAUNCH_BYTES);
  expect([answers.group32, answers.group64]).toEqual([GROUP_BYTES[4], GROUP_BYTES[8]]);
  expect([answers.gradient32, answers.gradient64]).toEqual([GRADIENT_BYTES[4], GRADIENT_BYTES[8]]);
});
