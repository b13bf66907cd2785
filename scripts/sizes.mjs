// What the packages weigh in a page, minified and gzipped, against limits that only a reason may raise. In kB of 1000 bytes.
//
// A package is counted with all that it exports, or with `names`, and everything that importing it loads. What it loads
// later, by import(), is counted where a page needs it: `also` names those modules.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { reportChecks } from './steps/report.mjs';
import { root } from './workspace.mjs';

/** Frameworks are the user's own, and what another of our packages weighs is counted there. */
const limits = [
  {
    // What the calls of all operations and modes need; what is not imported a bundler leaves out. Half a kB of it answers
    // wrong input: the argument that was meant, nested arrays, variances without a root.
    name: '@normlayers/core, calls and contract',
    file: 'packages/core/dist/index.js',
    names: [
      ...['batchNorm', 'layerNorm', 'instanceNorm', 'groupNorm', 'rmsNorm'].flatMap((op) => [
        op,
        `${op}Training`,
        `${op}Backward`,
      ]),
      ...['tensor', 'NormError', 'referenceAdapter'],
    ],
    // 0.7 of it masks, 0.5 residuals and gamma's offset, 0.35 what is said of a back end that lacks something.
    most: 10.9,
  },
  // Statistics that several workers gather, and the gradient through them, on top.
  { name: '  with all that it exports', file: 'packages/core/dist/index.js', most: 12.5 },
  // Together with what of core it needs. A file's tensors are sorted into layers here since the docs app need not be alone
  // in that. 10 bytes of it fold float64 in place: whole models' weights are large.
  { name: '@normlayers/core/weights', file: 'packages/core/dist/weights.js', most: 5.25 },
  // With the calls that the layers make on the reference, and the conversion of their state.
  { name: '@normlayers/core/layers', file: 'packages/core/dist/layers.js', most: 13.3 },
  {
    name: '@normlayers/wasm, for float32 and float16',
    file: 'packages/wasm/dist/index.js',
    // Either the baseline or the relaxed kernels are loaded: the larger ones count.
    also: ['float32-', 'float16-'],
    most: 16,
  },
  {
    name: '  the same with float64',
    file: 'packages/wasm/dist/index.js',
    also: ['float32-', 'float64-', 'float16-'],
    most: 21,
  },
  { name: '  its float32 kernels, served', file: 'packages/wasm/dist/kernels/float32.wasm', most: 8 },
  // All five operations in all modes, in WGSL, are text: 12 was aimed at, and what of it can go is not known yet. Residuals
  // are 0.6 of it, refusals that the device alone can tell half a kB.
  { name: '@normlayers/webgpu', file: 'packages/webgpu/dist/index.js', most: 16.2 },
  // 7.5 of it are protobuf's reader and writer.
  {
    name: '@normlayers/model, inspect and mend',
    file: 'packages/model/dist/index.js',
    names: ['inspect', 'mend'],
    most: 34,
  },
  { name: '  with all that it exports', file: 'packages/model/dist/index.js', most: 40 },
  { name: '@normlayers/model/tfjs', file: 'packages/model/dist/tfjs.js', most: 30 },
  { name: '@normlayers/onnx', file: 'packages/onnx/dist/index.js', most: 12 },
  // Half a kB of it hands tensors on ONNX Runtime's GPU device to our kernels and back.
  { name: '@normlayers/onnxruntime-web', file: 'packages/onnxruntime-web/dist/index.js', most: 5.5 },
  { name: '@normlayers/tfjs', file: 'packages/tfjs/dist/index.js', most: 12 },
  // With the chain and the kernels' binding, which the first entry has too.
  { name: '@normlayers/tfjs/layers', file: 'packages/tfjs/dist/layers.js', most: 8.5 },
  { name: '  its WebGL programs', file: 'packages/tfjs/dist/webgl-kernels.js', most: 8 },
];

const gzipped = (contents) => gzipSync(contents, { level: 9 }).length;

async function bytesOf(file, also, names) {
  if (file.endsWith('.wasm')) return gzipped(readFileSync(file));
  const { outputFiles, metafile } = await build({
    ...(names === null
      ? { entryPoints: [file] }
      : { stdin: { contents: `export { ${names.join(', ')} } from '${file}'`, resolveDir: root } }),
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    outdir: root,
    format: 'esm',
    platform: 'browser',
    absWorkingDir: root,
    external: ['@normlayers/*', 'onnxruntime-web', '@tensorflow/*'],
  });
  const loaded = new Set();
  const load = (output) => {
    if (loaded.has(output)) return;
    loaded.add(output);
    for (const { path, kind, external } of metafile.outputs[output].imports) {
      if (kind === 'import-statement' && !external) load(path);
    }
  };
  const outputs = Object.keys(metafile.outputs);
  load(
    outputs.find(
      (output) => metafile.outputs[output].entryPoint === (names ? '<stdin>' : relative(root, file)),
    ),
  );
  // The variant without a suffix has only its hash after the name: the relaxed one is the other.
  for (const name of also)
    load(outputs.find((output) => output.startsWith(name) && !output.includes('relaxed')));
  return outputFiles
    .filter(({ path }) => loaded.has(path.slice(root.length + 1)))
    .reduce((sum, { contents }) => sum + gzipped(contents), 0);
}

async function* checks() {
  for (const { name, file, also = [], names = null, most } of limits) {
    const kilobytes = (await bytesOf(join(root, file), also, names)) / 1000;
    const faults = kilobytes <= most ? [] : [`${kilobytes.toFixed(2)} kB`];
    yield [`${name.padEnd(44)} ${kilobytes.toFixed(2).padStart(6)} kB of ${most}`, faults];
  }
}

await reportChecks(join(root, 'reports', 'sizes.json'), checks());
