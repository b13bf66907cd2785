import { expect, test } from 'vitest';
import { chromiumFlags, startChromium } from '../src/index';

test('software rendering is asked for only where there is no GPU', () => {
  expect(chromiumFlags(true)).toContain('--use-webgpu-adapter=swiftshader');
  expect(chromiumFlags(false).join(' ')).not.toContain('swiftshader');
  expect(chromiumFlags(false).includes('--no-sandbox')).toBe(process.getuid?.() === 0);
});

test('a window is refused of a Chromium that has none', async () => {
  const path = '/usr/bin/chromium-headless-shell';
  await expect(startChromium({ path, headed: true, software: true })).rejects.toThrow(
    `${path} has no windows: name another browser by --browser PATH.`,
  );
});
