import { browserToTest, chromiumPages } from '@normlayers/testing/browser';
import { FULL } from '@normlayers/testing/full-run';
import { beforeAll, describe, expect, test } from 'vitest';
import type { GpuFindings, GpuOrder } from './gpu.page';

const chromium = browserToTest('chromium');

/** Counts are compared exactly: what 2,000 calls leave behind, 200 do. */
const CALLS = FULL ? 2_000 : 200;
const order: GpuOrder = { times: CALLS, chains: FULL };

describe.skipIf(chromium === undefined).each(['webgl', 'webgpu'])('tfjs/%s in Chromium', (backend) => {
  let found: GpuFindings;
  // Compiling shaders in software, on a machine that does other things too.
  beforeAll(async () => {
    const pages = await chromiumPages(chromium as string, new URL('gpu.page.ts', import.meta.url));
    found = await pages.run<GpuFindings>('findings', backend, order).finally(pages.close);
  }, 240_000);

  test('takes at most two passes for an inference call', () => {
    const line = ([name, { ours, chain, own }]: [string, GpuFindings['passes'][string]]) =>
      `${name}: ${ours}${chain === undefined ? '' : `; a chain of operations ${chain}`}${own === undefined ? '' : `; TensorFlow.js's layer ${own}`}`;
    console.log(`Passes on ${backend}:\n  ${Object.entries(found.passes).map(line).join('\n  ')}`);
    for (const [name, { ours, chain }] of Object.entries(found.passes)) {
      expect(ours, name).toBeGreaterThan(0);
      expect(ours, name).toBeLessThanOrEqual(2);
      if (chain !== undefined) expect(chain, name).toBeGreaterThan(ours);
    }
    expect(found.passes.layerNorm?.chain).toBeDefined();
    expect(found.via).toBe('fused');
  });

  test('reads nothing back while it computes', () => expect(found.reads).toBe(0));

  test('is right however its tensors lie, and can be differentiated', () => {
    for (const [name, difference] of Object.entries(found.differences))
      expect(difference, name).toBeLessThan(1e-5);
  });

  test(`${CALLS} calls leave no tensor, texture, buffer or byte behind`, () => {
    expect(found.grown).toEqual({ numTensors: 0, numDataBuffers: 0, numBytesInGPU: 0, held: 0 });
  });

  if (backend === 'webgl') {
    test('a lost context: why, and what to do, which helps', () => {
      expect(found.lost).toMatchObject({ before: '-1,1', code: 'backend', after: [-1, 1] });
      expect(found.lost?.message).toMatch(/WebGL context is lost.*findBackendFactory\('webgl'\)/);
    });
  }
});
