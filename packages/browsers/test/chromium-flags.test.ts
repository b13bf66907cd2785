import { expect, test } from 'vitest';
import { chromiumFlags } from '../src/index';

test('software rendering is asked for only where there is no GPU', () => {
  expect(chromiumFlags(true)).toContain('--use-webgpu-adapter=swiftshader');
  expect(chromiumFlags(false).join(' ')).not.toContain('swiftshader');
  expect(chromiumFlags(false).includes('--no-sandbox')).toBe(process.getuid?.() === 0);
});
