import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { wantsColour } from '../src/output/colours';

const command = fileURLToPath(new URL('../dist/normlayers.js', import.meta.url));

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ CI: 'true' }, false, false],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
  [{ FORCE_COLOR: 'false' }, true, false],
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '' }, true, true],
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  [{ TERM: 'dumb' }, true, false],
])('%j, on a terminal: %j; colours: %j', (env, isTerminal, expected) => {
  expect(wantsColour(env, isTerminal)).toBe(expected);
});

const ESCAPE = String.fromCharCode(27);
// What each command colours goes through one switch: one command shows that it is asked.
test.each([
  ['plain in a pipe, in CI too', { CI: 'true' }, false],
  ['in colour where that is asked for', { FORCE_COLOR: '1' }, true],
])('what is printed is %s', (_, wanted, coloured) => {
  const { NO_COLOR, FORCE_COLOR, ...rest } = process.env;
  const one = ['conformance', '--adapter', 'reference', '--case', 'layerNorm inference float32 offset 10000'];
  const { stdout, status } = spawnSync(process.execPath, [command, ...one], {
    encoding: 'utf8',
    env: { ...rest, ...wanted },
  });
  expect(status).toBe(0);
  expect(stdout.includes(ESCAPE)).toBe(coloured);
});
