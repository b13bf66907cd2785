import { browserToTest } from '@normlayers/testing/browser';
import { FULL } from '@normlayers/testing/full-run';
import { describe, expect, test } from 'vitest';
import type { DeviceReport } from './devices/on-device';
import { denoLacks, inChromium, inDeno } from './devices/runtimes';

/** Buffers are counted exactly: what 200 calls leave behind, 20 do. */
const CALLS = FULL ? 200 : 20;

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

function expectRight({ left, refusals }: DeviceReport): void {
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
    const report = await inDeno({ cases: 'none', calls: CALLS, shapes: 'own' });
    expectRight(report);
    const { outlier, beyond256, constant } = report.halves!;
    // Of one number far from 767 others xhat is nearly sqrt(767) = 27.695; float16 has 27.6875 and 27.703.
    expect(Math.abs(outlier - Math.sqrt(767))).toBeLessThan(2 ** -6);
    // The mean of squares is (2 * 9e6 + 2 * 1e6) / 4 = 5e6.
    for (const [i, x] of [-3000, -1000, 1000, 3000].entries()) {
      expect(Math.abs(beyond256[i]! - x / Math.sqrt(5e6))).toBeLessThan(2 ** -11);
    }
    expect(constant.y).toEqual([0.5, -0.25, 2, 1]);
    expect(Math.abs(constant.invStd - 1e6)).toBeLessThan(1);
  });
  // Those of a device that is no CPU.
  test.skipIf(lacking !== null)('in the shapes of a GPU with many lanes', { timeout: 600_000 }, async () => {
    const report = await inDeno({ cases: FULL ? 'all' : 'one of each', calls: 0, shapes: 'general' });
    expect(report.failed).toEqual([]);
    expect(report.accurate).toBeGreaterThan(FULL ? 500 : 25);
  });
  const chromium = browserToTest('chromium');
  test.skipIf(chromium === undefined)("Chromium's", { timeout: 600_000 }, async () => {
    const report = await inChromium(chromium!, { cases: 'none', calls: CALLS, shapes: 'own' });
    expectRight(report);
    expect(report.halves).toBeNull();
  });
});
