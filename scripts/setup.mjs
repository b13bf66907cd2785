// Brings a clone to where its commands can run: dependencies, then build. Does nothing that is already done.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules', '.bin');
const marker = join(root, 'node_modules', '.cache', 'installed');

/** The environment for the workspace's own tools: pnpm and turbo from node_modules, no telemetry. */
export const environment = {
  ...process.env,
  PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
};

/** Runs a program in the root with our output; ends this process with a sentence where it cannot go on. */
export function runOrExit(command, args, sentence) {
  const { status } = spawnSync(command, args, {
    cwd: root,
    env: environment,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  console.error(`\n${sentence}`);
  process.exit(3);
}

/** Dependencies and build, each only where something has changed. */
export function setUp() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`normlayers needs Node 20.19 or later; this is ${process.versions.node}.`);
    process.exit(3);
  }
  install();
  runOrExit(
    'turbo',
    ['run', 'build', '--output-logs=errors-only'],
    'The build failed; the reason stands above.',
  );
}

function install() {
  const wanted = manifestHash();
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  console.log(`Installing dependencies with ${packageManager} (first run only; about a minute) ...`);
  runOrExit(
    'npx',
    ['--yes', packageManager, 'install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=warn'],
    'Dependencies could not be installed. The npm registry must be reachable; then run the same command again.',
  );
  mkdirSync(dirname(marker), { recursive: true });
  writeFileSync(marker, wanted);
}

/** Changes when a dependency may have: the lockfile and every package's manifest. */
function manifestHash() {
  const hash = createHash('sha256');
  const manifests = ['packages', 'apps'].flatMap((folder) =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder)).map((name) => join(root, folder, name, 'package.json'))
      : [],
  );
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json']
    .map((name) => join(root, name))
    .concat(manifests)) {
    if (existsSync(file)) hash.update(readFileSync(file));
  }
  return hash.digest('hex');
}
