// Packs core, the kernels and the tfjs adapter, installs the tarballs with npm into an empty project, and runs
// src/example.mjs there in Node and, bundled by Vite, again: what a stranger gets, not what the workspace links.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, '..', '..', 'packages');
const room = mkdtempSync(join(tmpdir(), 'normlayers-consumer-'));
const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

try {
  for (const name of ['core', 'wasm', 'tfjs'])
    run('pnpm', ['pack', '--pack-destination', room], join(packages, name));
  const tarballs = readdirSync(room).filter((file) => file.endsWith('.tgz'));
  const { version } = JSON.parse(
    readFileSync(join(packages, 'tfjs', 'node_modules', '@tensorflow', 'tfjs-core', 'package.json'), 'utf8'),
  );
  writeFileSync(join(room, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  copyFileSync(join(here, 'src', 'example.mjs'), join(room, 'example.mjs'));
  const frameworks = ['core', 'backend-cpu'].map((part) => `@tensorflow/tfjs-${part}@${version}`);
  run(
    'npm',
    [
      'install',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      ...tarballs.map((file) => `./${file}`),
      ...frameworks,
    ],
    room,
  );
  console.log(`in Node:       ${run(process.execPath, ['example.mjs'], room).trim()}`);

  await build({
    root: room,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: 'example.mjs',
      outDir: 'bundled',
      minify: 'esbuild',
      rollupOptions: {
        output: {
          entryFileNames: 'bundle.mjs',
          // TensorFlow.js's platform for Node calls require, which an ES module has not.
          banner:
            "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
        },
      },
    },
  });
  const bundle = join(room, 'bundled', 'bundle.mjs');
  console.log(
    `under Vite:    ${run(process.execPath, [bundle], room).trim()} (${Math.round(statSync(bundle).size / 1024)} kB, frameworks included)`,
  );
} finally {
  rmSync(room, { recursive: true, force: true });
}
