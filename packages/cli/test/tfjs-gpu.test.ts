import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lacksGpu, launchBrowser } from '../src/browser/launch-browser';
import { servePage } from '../src/browser/page-server';
import { browserToTest, TWICE } from './installed-browser';
import type { GpuFindings } from './page/tfjs-gpu';

const chromium = browserToTest('chromium');
const folder = mkdtempSync(join(tmpdir(), 'normlayers-tfjs-gpu-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Message = { kind: 'found'; findings: GpuFindings } | { kind: 'failed'; reason: string };

/** What a page finds on one of TensorFlow.js's GPU backends, in a browser of its own. */
async function findingsOn(path: string, backend: string): Promise<GpuFindings> {
  const server = await servePage({ vectors: [], pageFolder: folder });
  const browser = await launchBrowser({ runtime: 'chromium', path, headed: false, software: lacksGpu() });
  try {
    return await new Promise<GpuFindings>((resolve, reject) => {
      server.hear('tfjs-gpu', (messages) => {
        const message = messages[0] as unknown as Message;
        if (message.kind === 'found') resolve(message.findings);
        else reject(new Error(message.reason));
      });
      const gone = () => reject(new Error('the page is gone'));
      const address = `http://127.0.0.1:${server.port}/?run=tfjs-gpu&backend=${backend}`;
      const failed = (reason: string) => reject(new Error(reason));
      void browser.open(address, { crashed: gone, closed: gone, failed }).catch(reject);
    });
  } finally {
    await browser.close();
    await server.close();
  }
}

beforeAll(async () => {
  if (chromium === undefined) return;
  writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="/page.js"></script>');
  await build({
    entryPoints: [fileURLToPath(new URL('page/tfjs-gpu.ts', import.meta.url))],
    outfile: join(folder, 'page.js'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
  });
});

describe.skipIf(chromium === undefined).each(['webgl', 'webgpu'])('tfjs/%s in Chromium', TWICE, (backend) => {
  let found: GpuFindings;
  // Compiling shaders in software, on a machine that does other things too.
  beforeAll(async () => {
    found = await findingsOn(chromium as string, backend);
  }, 240_000);

  test('takes at most two passes for an inference call', () => {
    const line = ([name, { ours, chain, own }]: [string, GpuFindings['passes'][string]]) =>
      `${name}: ${ours}; a chain of operations ${chain}${own === undefined ? '' : `; TensorFlow.js's layer ${own}`}`;
    console.log(`Passes on ${backend}:\n  ${Object.entries(found.passes).map(line).join('\n  ')}`);
    for (const [name, { ours, chain }] of Object.entries(found.passes)) {
      expect(ours, name).toBeGreaterThan(0);
      expect(ours, name).toBeLessThanOrEqual(2);
      expect(chain, name).toBeGreaterThan(ours);
    }
    expect(found.via).toBe('fused');
  });

  test('reads nothing back while it computes', () => expect(found.reads).toBe(0));

  test('is right however its tensors lie, and can be differentiated twice', () => {
    for (const [name, difference] of Object.entries(found.differences))
      expect(difference, name).toBeLessThan(1e-5);
  });

  test('2,000 calls leave no tensor, texture, buffer or byte behind', () => {
    expect(found.grown).toEqual({ numTensors: 0, numDataBuffers: 0, numBytesInGPU: 0, held: 0 });
  });

  test.runIf(backend === 'webgl')('a lost context: why, and what to do, which helps', () => {
    expect(found.lost).toMatchObject({ before: '-1,1', code: 'backend', after: [-1, 1] });
    expect(found.lost?.message).toMatch(/WebGL context is lost.*findBackendFactory\('webgl'\)/);
  });
});
