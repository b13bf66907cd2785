import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const command = fileURLToPath(new URL('../dist/normlayers.js', import.meta.url));

test('a reader that has gone is no error: no trace, and the exit code of the run', async () => {
  const one = ['conformance', '--adapter', 'reference', '--case', 'layerNorm inference float32 offset 10000'];
  const child = spawn(process.execPath, [command, ...one], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [exitCode] = await once(child, 'close');
  expect(said).toBe('');
  expect(exitCode).toBe(0);
});
