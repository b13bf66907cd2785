// What a stranger gets: every public package packed, installed into an empty project, run, bundled and compiled there.
// With NORMLAYERS_FULL=1 npm installs them, and the newest Node and Deno run them too.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import * as vite from 'vite';
import { packPublicPackages } from '../../scripts/pack.mjs';
import { environment } from '../../scripts/setup.mjs';
import { reportChecks } from '../../scripts/steps/report.mjs';

const full = process.env.NORMLAYERS_FULL === '1';
const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const room = mkdtempSync(join(tmpdir(), 'normlayers-consumer-'));

/** TensorFlow.js's platform for Node calls require, which an ES module has not. */
const BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** Whom the declarations serve: a page, and a program in Node. */
const LIBRARIES = [
  ['--lib', 'ES2022,DOM', '--types', ''],
  ['--lib', 'ES2022', '--types', 'node'],
];

const RESOLUTIONS = [
  ['--module', 'nodenext'],
  ['--module', 'esnext', '--moduleResolution', 'bundler'],
];

/** What a program in Node without the DOM's types does not know yet, and is to lose this line with the last use of it. */
const NOT_YET = /@normlayers\/wasm\/dist.*namespace 'WebAssembly'/;

try {
  await reportChecks(join(here, 'reports', 'try.json'), checks());
} finally {
  rmSync(room, { recursive: true, force: true });
}

async function* checks() {
  const packed = packPublicPackages(room);
  install(packed);
  cpSync(join(here, 'src'), room, { recursive: true });
  yield attempt('every entry of every package is imported', () => importAll(packed));
  yield attempt(`in Node ${process.versions.node}`, () => run('node', ['example.mjs']));
  yield attempt('all packages together', () => run('node', ['all.mjs']));
  yield attempt('in a worker', () => run('node', ['in-a-worker.mjs']));
  yield attempt("the command's adapters", () =>
    run('node', ['node_modules/normlayers/dist/normlayers.js', 'adapters']),
  );
  yield await attemptLater('bundled by Vite', bundleWithVite);
  yield await attemptLater('bundled by esbuild', bundleWithEsbuild);
  yield attempt('types, strictly, of libraries too', () => compile(packed));
  if (!full) return;
  yield attempt('in the newest Node', () => runInstalled('node', 'node@latest', ['example.mjs']));
  yield attempt('in Deno', () => runInstalled('deno', 'deno@latest', ['run', '--allow-all', 'example.mjs']));
}

/** A check that passes where `work` ends; what it gives is printed. */
function attempt(sentence, work) {
  try {
    console.log(`        ${work()}`);
    return [sentence, []];
  } catch (error) {
    return [sentence, linesOf(error)];
  }
}

async function attemptLater(sentence, work) {
  try {
    const said = await work();
    return attempt(sentence, () => said);
  } catch (error) {
    return [sentence, linesOf(error)];
  }
}

/** Of what a program said its lines, but for those of a bundle that Node shows. */
function linesOf({ stderr, stdout, message }) {
  return `${stderr || stdout || message}`
    .trim()
    .split('\n')
    .filter((line) => line.length < 500)
    .slice(0, 20);
}

function run(command, args, cwd = room) {
  const program = command === 'node' ? process.execPath : command;
  return execFileSync(program, args, { cwd, env: environment, encoding: 'utf8', stdio: 'pipe' }).trim();
}

/** The tarballs and the frameworks they run on; by pnpm, which has the frameworks at hand, or as most people do, by npm. */
function install(packed) {
  const versionOf = (name, from) =>
    JSON.parse(readFileSync(join(here, '..', '..', from, 'node_modules', name, 'package.json'), 'utf8'))
      .version;
  const tarballs = Object.fromEntries(
    packed.map(({ name, tarball }) => [name, `file:./${basename(tarball)}`]),
  );
  const frameworks = Object.fromEntries(
    [
      ['@types/node', '.'],
      ['@tensorflow/tfjs-core', 'packages/tfjs'],
      ['@tensorflow/tfjs-backend-cpu', 'packages/tfjs'],
      ['onnxruntime-web', 'packages/onnxruntime-web'],
    ].map(([name, from]) => [name, versionOf(name, from)]),
  );
  const manifest = {
    private: true,
    type: 'module',
    dependencies: { ...tarballs, ...frameworks },
    // Of each other they are dependencies under versions that no registry has yet.
    overrides: tarballs,
  };
  writeFileSync(join(room, 'package.json'), JSON.stringify(manifest));
  const overrides = Object.entries(tarballs).map(([name, file]) => `  '${name}': '${file}'\n`);
  writeFileSync(join(room, 'pnpm-workspace.yaml'), `overrides:\n${overrides.join('')}`);
  if (full) run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']);
  else run('pnpm', ['install', '--prefer-offline', '--ignore-scripts', '--reporter=silent']);
}

function importAll(packed) {
  const entries = packed.flatMap(({ name, manifest }) =>
    Object.keys(manifest.exports)
      .filter((entry) => entry !== './package.json' && !entry.includes('*'))
      .map((entry) => `${name}${entry.slice(1)}`),
  );
  const code = `console.log((await Promise.all(${JSON.stringify(entries)}.map((entry) => import(entry)))).length, 'entries')`;
  return run('node', ['--input-type=module', '--eval', code]);
}

/** Runs a program that npm ships, in a folder of its own beside the project. */
function runInstalled(command, specifier, args) {
  const tools = join(room, `with-${command}`);
  mkdirSync(tools);
  writeFileSync(join(tools, 'package.json'), '{ "private": true }');
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', specifier], tools);
  const program = join(tools, 'node_modules', '.bin', command);
  return `${run(program, ['--version']).split('\n')[0]}: ${run(program, args)}`;
}

async function bundleWithVite() {
  await vite.build({
    root: room,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: 'example.mjs',
      outDir: 'with-vite',
      minify: 'esbuild',
      rollupOptions: { output: { entryFileNames: 'bundle.mjs', banner: BANNER } },
    },
  });
  return runBundle('with-vite');
}

async function bundleWithEsbuild() {
  await esbuild.build({
    absWorkingDir: room,
    entryPoints: ['example.mjs'],
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    // TensorFlow.js's CommonJS files are another copy of it than its modules.
    mainFields: ['module', 'main'],
    target: 'es2022',
    outdir: 'with-esbuild',
    outExtension: { '.js': '.mjs' },
    entryNames: 'bundle',
    banner: { js: BANNER },
    logLevel: 'error',
  });
  return runBundle('with-esbuild');
}

function runBundle(folder) {
  const bundle = join(folder, 'bundle.mjs');
  const kilobytes = Math.round(statSync(join(room, bundle)).size / 1024);
  return `${run('node', [bundle])} (${kilobytes} kB, TensorFlow.js included)`;
}

/** Our declarations and the use of them. What a framework's own declarations lack is not held against us. */
function compile(packed) {
  const entries = packed.flatMap(({ name, manifest }) =>
    Object.entries(manifest.exports)
      .filter(([, target]) => target.types !== undefined)
      .map(([entry]) => `${name}${entry.slice(1)}`),
  );
  const lines = entries.map((entry, i) => `export * as entry${i} from '${entry}';\n`);
  writeFileSync(join(room, 'every-entry.ts'), lines.join(''));
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const always = [
    '--noEmit',
    '--target',
    'es2022',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--skipLibCheck',
    'false',
  ];
  // Each of both once; in the full run each with each.
  const pairs = LIBRARIES.flatMap((libraries, i) =>
    RESOLUTIONS.filter((_, j) => full || i === j).map((resolution) => [libraries, resolution]),
  );
  const output = pairs
    .map(([libraries, resolution]) => {
      try {
        return run('node', [tsc, ...always, ...libraries, ...resolution, 'every-entry.ts', 'usage.ts']);
      } catch (error) {
        return `${libraries.join(' ')}:\n${error.stdout || error.message}`;
      }
    })
    .join('\n');
  const ours = output
    .split('\n')
    .filter((line) => /^(--lib|node_modules\/(\.pnpm\/)?(@?normlayers)|every-entry|usage)/.test(line));
  const standing = ours.filter((line) => !NOT_YET.test(line));
  if (standing.some((line) => !line.startsWith('--lib'))) throw new Error(standing.join('\n'));
  return `${entries.length} entries, for pages and for Node, as Node and as bundlers resolve them`;
}
