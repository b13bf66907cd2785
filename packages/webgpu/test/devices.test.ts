import { browserToTest } from '@normlayers/testing/browser';
import { describe, expect, test } from 'vitest';
import type { DeviceReport } from './devices/on-device';
import { denoLacks, inChromium, inDeno } from './devices/runtimes';

/** A covering part of the suite. */
const COVERING = 5;

/** What each wrong buffer must give. */
const REFUSALS = {
  'no storage': 'unsupported',
  'no buffer': 'missing-argument',
  'too short': 'data-length',
  'odd offset': 'unsupported',
  float64: 'unsupported',
  'in place': 'unsupported',
  'another shape': 'shape',
  'unknown result': 'unknown-argument',
  destroyed: 'backend',
  disposed: 'disposed',
  lost: 'backend',
};

function expectRight({ totals, failed, left, refusals }: DeviceReport): void {
  expect(failed).toEqual([]);
  expect(totals.accurate).toBeGreaterThan(80);
  expect(left).toEqual(Object.fromEntries(Object.keys(left).map((kind) => [kind, 0])));
  expect(Object.keys(left)).toHaveLength(12);
  expect(refusals).toEqual(REFUSALS);
}

const lacking = denoLacks();
if (lacking !== null) {
  console.log(
    `WebGPU in Deno is left out: ${lacking} (Debian: apt-get install mesa-vulkan-drivers, a Vulkan on the CPU).`,
  );
}

describe('on two WebGPUs', () => {
  test.skipIf(lacking !== null)("Deno's, with float16", { timeout: 600_000 }, async () => {
    const report = await inDeno({ every: COVERING, vectors: [], shapes: 'own' });
    expectRight(report);
  });
  test.skipIf(lacking !== null)('in the shapes of a GPU with many lanes', { timeout: 600_000 }, async () => {
    const report = await inDeno({ every: COVERING + 2, vectors: [], shapes: 'general' });
    expect(report.failed).toEqual([]);
  });
  const chromium = browserToTest('chromium');
  test.skipIf(chromium === undefined)("Chromium's", { timeout: 600_000 }, async () => {
    expectRight(await inChromium(chromium!, { every: COVERING, vectors: [], shapes: 'own' }));
  });
});
