// Brings a clone to where its commands can run: dependencies, then build. Does nothing that is already done.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from './workspace.mjs';

export { root };

const bin = join(root, 'node_modules', '.bin');

/** The environment for the workspace's own tools: pnpm and turbo from node_modules, no telemetry. */
export const environment = {
  ...process.env,
  PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  DO_NOT_TRACK: '1',
  // What a task gave on another Node is not what it would give on this one.
  NORMLAYERS_NODE: `${process.version} ${process.platform} ${process.arch}`,
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

/** Dependencies and build. */
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

/** Takes about a second where nothing is missing. */
function install() {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const first = !existsSync(join(bin, 'pnpm'));
  if (first)
    console.log(`Installing dependencies with ${packageManager} (first run only; about a minute) ...`);
  // Before the first run pnpm is fetched by npx; after it is a dependency like others.
  const [command, ...args] = first ? ['npx', '--yes', packageManager] : ['pnpm'];
  runOrExit(
    command,
    [
      ...args,
      'install',
      // A package.json that has changed changes the lock file with it; on CI that is a fault.
      process.env.CI ? '--frozen-lockfile' : '--no-frozen-lockfile',
      '--prefer-offline',
      '--reporter=append-only',
      '--loglevel=warn',
    ],
    'Dependencies could not be installed. The npm registry must be reachable; then run the same command again.',
  );
}
