import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import examples from 'virtual:doc-examples';
import { expect, test } from 'vitest';
import { bundled, runInBrowser } from './run-in-browser';

const FULL = process.env.NORMLAYERS_FULL === '1';

const page = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
/** The code of a page; its comments are in the page's language. */
const blocks = (text: string) =>
  (text.match(/```[\s\S]*?```/g) ?? []).map((block) => block.replace(/\/\/ .*|\/\*\*.*\*\//g, ''));

test('there are recipes', () => expect(Object.keys(examples).length).toBeGreaterThan(8));

for (const [name, run] of Object.entries(examples)) test(`${name} runs`, async () => void (await run()));

test('the recipe over worker threads runs as two files', () => {
  const cache = fileURLToPath(new URL('../.cache/', import.meta.url));
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'recipe-'));
  try {
    for (const name of ['worker.mjs', 'main.mjs']) {
      const [, code] =
        page('recipes.md').match(new RegExp(`\`\`\`js \\[${name}\\]\\n([\\s\\S]*?)\`\`\``)) ?? [];
      writeFileSync(join(folder, name), code as string);
    }
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'main.mjs')], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const webgpuRecipe = () => page('recipes.md').match(/```typescript\n([\s\S]*?)```/)?.[1] as string;

const inChromium = async () => {
  expect(await runInBrowser(webgpuRecipe())).toBe('ran to its end');
};

// In the gate it is bundled with what it imports; that our calls are right there the adapter's own tests show.
if (FULL) test('the recipe that needs WebGPU runs in Chromium', inChromium);
else test('the recipe that needs WebGPU can be bundled', async () => void (await bundled(webgpuRecipe())));

test.each(['recipes.md', 'convert.md', 'index.md', 'guide/choose.md', 'guide/models.md'])(
  '%s has the same code in Chinese',
  (path) => {
    expect(blocks(page(`zh/${path}`))).toEqual(blocks(page(path)));
  },
);
