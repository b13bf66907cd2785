// Compiles assembly/ to WebAssembly, each element type with and without relaxed SIMD, and embeds each,
// deflated, in a module of its own in src/kernels/embedded/: a page loads the one that its engine and its
// calls need.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateAsync } from '@gfx/zopfli';
import asc from 'assemblyscript/asc';
import { build } from 'esbuild';

const room = dirname(dirname(fileURLToPath(import.meta.url)));
const kernels = join(room, 'dist', 'kernels');
mkdirSync(kernels, { recursive: true });

const variants = [
  { name: 'float32', features: ['simd'] },
  { name: 'float32-relaxed', features: ['simd', 'relaxed-simd'] },
  { name: 'float64', features: ['simd'] },
  { name: 'float64-relaxed', features: ['simd', 'relaxed-simd'] },
  { name: 'float16', features: ['simd'] },
];

const embedded = join(room, 'src', 'kernels', 'embedded');
mkdirSync(embedded, { recursive: true });
for (const { name, features } of variants) {
  const file = join(kernels, `${name}.wasm`);
  const entry = join(room, 'assembly', 'entries', `${name.replace('-relaxed', '')}.ts`);
  // Memory is imported, and nothing is laid out in it, so that it can be anybody's: TensorFlow.js's, or a
  // shared one.
  const { error, stderr } = await asc.main([
    relative(process.cwd(), entry),
    ...['--outFile', relative(process.cwd(), file)],
    ...features.flatMap((feature) => ['--enable', feature]),
    ...['--runtime', 'stub', '--noAssert', '--importMemory', '--noExportMemory', '--initialMemory', '0'],
    ...['-O3', '--shrinkLevel', '1', '--converge', '--noColors'],
  ]);
  if (error) {
    console.error(stderr.toString());
    // Not thrown: zopfli would print its own source beside it.
    process.exit(1);
  }
  const binary = readFileSync(file);
  // Zopfli tries harder than zlib: 3 % less for every page to load.
  const deflated = Buffer.from(await deflateAsync(binary, { numiterations: 60 }));
  const source = `// Made by scripts/build-kernels.mjs from assembly/.

/** The kernels for ${name}, deflated (RFC 1951), in base 64. */
export const KERNELS =
  '${deflated.toString('base64')}';
`;
  writeIfChanged(`${name}.ts`, source);
  console.log(`${name}: ${binary.length} bytes, ${deflated.length} embedded`);
}

// The threads' worker, embedded too: it needs no file to be served.
const { outputFiles } = await build({
  entryPoints: [join(room, 'src', 'threads', 'thread-worker.ts')],
  bundle: true,
  minify: true,
  write: false,
  format: 'iife',
  target: 'es2022',
});
writeIfChanged(
  'worker.ts',
  `// Made by scripts/build-kernels.mjs from thread-worker.ts.

export const THREAD_WORKER = ${JSON.stringify(outputFiles[0].text.trim())};
`,
);

function writeIfChanged(name, text) {
  const file = join(embedded, name);
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
}
