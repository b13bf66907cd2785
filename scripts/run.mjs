// The root's commands: node scripts/run.mjs conformance|bench|measure-gpu|docs|adapters|test|format|release [ARGUMENTS]. Each sets itself up first.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { environment, root, runOrExit, setUp } from './setup.mjs';
import { outsideVectors } from './steps/vectors.mjs';

const [command, ...rest] = process.argv.slice(2);

/** Vectors from outside are read where they are; the main command takes them along where nothing else was asked for. */
function conformanceArguments(args) {
  const asked = args.some(
    (arg) => arg === '--vectors' || arg.startsWith('--vectors=') || arg === '--help' || arg === '-h',
  );
  if (asked) return args;
  if (existsSync(outsideVectors)) return [...args, '--vectors', relative(process.cwd(), outsideVectors)];
  console.log(
    'No vectors at ../shared/vectors: the cases of ONNX, WebNN, TensorFlow.js and PyTorch are left out; the generated ones run.',
  );
  return args;
}

function normlayers(args) {
  const cli = join(root, 'packages', 'cli', 'dist', 'normlayers.js');
  const { status } = spawnSync(process.execPath, [cli, ...args], { stdio: 'inherit', env: environment });
  return status ?? 1;
}

function docs(args) {
  const serve = join(root, 'apps', 'docs', 'serve.mjs');
  const { status } = spawnSync(process.execPath, [serve, ...args], { stdio: 'inherit', env: environment });
  return status ?? 0;
}

switch (command) {
  case 'conformance':
    setUp();
    process.exitCode = normlayers(['conformance', ...conformanceArguments(rest)]);
    break;
  case 'bench':
    setUp();
    process.exitCode = normlayers(['bench', ...rest]);
    break;
  case 'measure-gpu':
    setUp();
    process.exitCode = (await import('./measure-gpu.mjs')).measureGpu(rest);
    break;
  case 'docs':
    setUp();
    runOrExit('pnpm', ['--dir', 'apps/docs', '--silent', 'run', 'build:site'], 'The docs app did not build.');
    process.exitCode = docs(rest);
    break;
  case 'adapters':
    setUp();
    process.exitCode = normlayers(['adapters', ...rest]);
    break;
  case 'format':
    setUp();
    runOrExit('biome', ['check', '--write', '.'], 'Some findings need a hand; they stand above.');
    break;
  case 'test':
    setUp();
    process.exitCode = await (await import('./test.mjs')).test(rest);
    break;
  case 'release':
    setUp();
    process.exitCode = (await import('./release.mjs')).release(rest);
    break;
  default:
    console.error(
      'usage: node scripts/run.mjs conformance|bench|measure-gpu|docs|adapters|test|format|release [ARGUMENTS]',
    );
    process.exitCode = 2;
}
