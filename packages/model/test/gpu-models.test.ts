import { browserToTest, chromiumPages } from '@normlayers/testing/browser';
import { FULL, SLOW } from '@normlayers/testing/full-run';
import { expect, test } from 'vitest';
import { mend, type TfjsArtifacts } from '../src/tfjs';
import type { GpuTimes, ModelText } from './gpu-models.page';
import { MOBILE_NET, REAL_MODELS } from './real-tfjs-models';

const chromium = browserToTest('chromium');
const ROUNDS = 7;

function textOf({ weightData, ...artifacts }: TfjsArtifacts): ModelText {
  const parts = [weightData ?? []].flat() as ArrayBuffer[];
  const bytes = Buffer.concat(parts.map((part) => new Uint8Array(part)));
  return { artifacts: artifacts as ModelText['artifacts'], weights: bytes.toString('base64') };
}

// The times are for TFJS-MODELS.md; what they are is not tested, since other work on the machine counts in.
test.skipIf(!FULL || chromium === undefined).each(['webgl', 'webgpu'])(
  `${MOBILE_NET} gives on tfjs/%s what it gave before it was mended`,
  { timeout: SLOW },
  async (backend) => {
    const original = REAL_MODELS[MOBILE_NET]!.artifacts();
    const models = { asIs: textOf(original), mended: textOf(mend(original).artifacts) };
    const pages = await chromiumPages(chromium as string, new URL('gpu-models.page.ts', import.meta.url));
    const { asIs, mended, largestDifference } = await pages
      .run<GpuTimes>('times', backend, ROUNDS, models, [1, 224, 224, 3])
      .finally(pages.close);
    console.log(
      `tfjs/${backend}: ${asIs.toFixed(0)} ms as it is, ${mended.toFixed(0)} ms mended (${(mended / asIs).toFixed(2)}), largest difference ${largestDifference.toExponential(1)}`,
    );
    // Probabilities, of which the largest is near 1: five digits.
    expect(largestDifference).toBeLessThan(1e-5);
  },
);
