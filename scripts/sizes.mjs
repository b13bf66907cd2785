// What the packages weigh in a page, minified and gzipped, against limits that only a reason may raise.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from './setup.mjs';

const KIB = 1024;

/** Frameworks are the user's own, and what another of our packages weighs is counted there. */
const limits = [
  { name: '@normlayers/core', file: 'packages/core/dist/index.js', most: 10.5 },
  { name: '@normlayers/wasm', file: 'packages/wasm/dist/index.js', most: 17 },
  { name: '  its float32 kernels', file: 'packages/wasm/dist/kernels/float32.wasm', most: 5 },
  { name: '@normlayers/onnxruntime-web', file: 'packages/onnxruntime-web/dist/index.js', most: 12 },
  { name: '@normlayers/tfjs', file: 'packages/tfjs/dist/index.js', most: 12 },
  { name: '  its GPU programs', file: 'packages/tfjs/dist/gpu-kernels.js', most: 8 },
];

async function bytesOf(file) {
  if (file.endsWith('.wasm')) return gzipSync(readFileSync(file), { level: 9 }).length;
  const { outputFiles, metafile } = await build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    write: false,
    // What is imported only when it is needed is a file of its own, as bundlers make it, and counted as such.
    splitting: true,
    outdir: 'out',
    metafile: true,
    format: 'esm',
    platform: 'browser',
    external: ['@normlayers/*', 'onnxruntime-web', '@tensorflow/*'],
  });
  const [entry] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint !== undefined);
  const needed = new Set([entry]);
  for (const output of needed) {
    for (const { path, kind, external } of metafile.outputs[output].imports) {
      if (kind === 'import-statement' && !external) needed.add(path);
    }
  }
  return outputFiles
    .filter(({ path }) => [...needed].some((output) => path.endsWith(output)))
    .reduce((bytes, { contents }) => bytes + gzipSync(contents, { level: 9 }).length, 0);
}

let kept = true;
for (const { name, file, most } of limits) {
  const bytes = await bytesOf(join(root, file));
  const within = bytes <= most * KIB;
  kept &&= within;
  const kib = (bytes / KIB).toFixed(2);
  console.log(`${within ? 'kept    ' : 'TOO MUCH'} ${name.padEnd(28)} ${kib.padStart(6)} KiB of ${most}`);
}
process.exitCode = kept ? 0 : 1;
