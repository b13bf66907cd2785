import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { openSite } from './site';

const folder = new URL('..', import.meta.url).pathname;
const ortFiles = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));

/** A module's code as one script with what it imports, and a small `assert` in scope. */
export async function bundled(code: string): Promise<Uint8Array> {
  const assert = 'const assert = (holds) => { if (!holds) throw new Error("an assertion does not hold"); };';
  const { outputFiles } = await build({
    stdin: { contents: `${assert}\n${code}`, loader: 'ts', resolveDir: folder },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0].contents;
}

/**
 * Runs a module's code in Chromium, bundled with what it imports, with a small `assert` in scope.
 *
 * @returns `ran to its end`, or what it threw.
 */
export async function runInBrowser(code: string): Promise<string> {
  const script = await bundled(code);
  const site = await openSite();
  try {
    const { page } = await site.open('');
    await page.setRequestInterception(true);
    page.on('request', (request) => {
      const [, name] = new URL(request.url()).pathname.match(/^\/recipe\/([\w.-]+)$/) ?? [];
      if (name === undefined) return request.continue();
      // ONNX Runtime fetches its WebAssembly from beside the script.
      const body = name === 'recipe.js' ? script : readFileSync(join(ortFiles, name));
      const contentType = name.endsWith('.wasm') ? 'application/wasm' : 'text/javascript';
      return request.respond({ status: 200, contentType, body: Buffer.from(body) });
    });
    // As text: the test runner would put an import of its own in the place of a function's.
    const run = `import('${site.address}recipe/recipe.js').then(() => 'ran to its end', String)`;
    return (await page.evaluate(run)) as string;
  } finally {
    await site.close();
  }
}
