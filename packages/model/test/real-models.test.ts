import { FULL } from '@normlayers/testing/full-run';
import { expect, test } from 'vitest';
import { inspect, judgeModel, mend, verify } from '../src/index';
import { MODELS, readReal } from './models';
import { runWasm } from './runtime';

const MODULES = new URL('../node_modules/', import.meta.url);

/** In bytes; larger ones are run in full runs. */
const LARGE = 10_000_000;

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

const here = Object.entries(MODELS).filter(([, { version }]) => FULL || version === undefined);

test.each(here)('%s', async (_, real) => {
  const { sizes = {}, norms, changes, left } = real;
  const original = readReal(real, MODULES);
  expect(counted(inspect(original).norms.map(({ op }) => op))).toEqual(norms);
  const mended = mend(original, { target: 'wasm' });
  expect(mended.changes).toHaveLength(changes);
  expect(counted(mended.norms.map(({ spelling }) => spelling))).toEqual(left);
  // For any reader of ONNX the same norms, where the opset has to be raised too.
  const anywhere = mend(original).changes.filter(({ kind }) => kind !== 'opset');
  expect(anywhere).toHaveLength(changes);
  if (changes === 0) {
    expect(mended.bytes).toBe(original);
    return;
  }
  if (original.length > LARGE && !FULL) return;
  const difference = await verify({ original, mended: mended.bytes, run: runWasm, sizes });
  expect(difference.right).toBe(true);
  expect(difference.digits).toBeGreaterThan(real.digits ?? 4);
});

test('a real model is judged norm by norm', async () => {
  const { norms } = await judgeModel(readReal(MODELS['wake word “hey Jarvis”']!, MODULES), {
    providers: { wasm: runWasm },
  });
  const main = norms.filter(({ graph }) => graph === '');
  expect(main).toHaveLength(2);
  for (const { measured } of main) {
    expect(measured!.digits.wasm).toBeGreaterThan(5);
    expect(measured!.kappa).toBeLessThan(10);
  }
});
