// A release: npm run release [-- --version | --dry-run]
//
//   --version   takes the changesets into versions and changelogs, and the lockfile along
//   (neither)   builds and checks the packages, and publishes those whose version the registry does not have
//   --dry-run   both in a copy of the last commit, and of the publishing all but the sending
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { environment, root } from './setup.mjs';
import { workspacePackages } from './workspace.mjs';

/** @returns the exit code */
export function release(args) {
  const { values } = parseArgs({
    args,
    options: { version: { type: 'boolean', default: false }, 'dry-run': { type: 'boolean', default: false } },
  });
  try {
    if (values['dry-run']) rehearse();
    else if (values.version) version(root);
    else publish();
    return 0;
  } catch (error) {
    console.error(`\nNo release: ${error.message.split('\n')[0]}`);
    return 1;
  }
}

function tool(cwd, command, args, output = 'inherit') {
  console.log(`\n> ${command} ${args.join(' ')}`);
  return execFileSync(command, args, {
    cwd,
    // What is built here is taken from the cache in the copy, too.
    env: { ...environment, TURBO_CACHE_DIR: join(root, '.turbo', 'cache') },
    stdio: ['ignore', output, 'inherit'],
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
}

function version(directory) {
  tool(directory, 'changeset', ['version']);
  tool(directory, 'pnpm', ['install', '--lockfile-only', '--reporter=silent']);
  tool(directory, 'biome', ['check', '--write', '--reporter=summary', '.']);
}

/** Provenance names the repository that built a package, and the registry holds package.json to it. */
function nameRepository() {
  const { GITHUB_REPOSITORY: repository, GITHUB_SERVER_URL: server } = process.env;
  if (repository === undefined || server === undefined) return;
  for (const { folder, directory, manifest, isPublic } of workspacePackages()) {
    if (!isPublic || manifest.repository !== undefined) continue;
    const named = {
      ...manifest,
      repository: { type: 'git', url: `git+${server}/${repository}.git`, directory: folder },
    };
    writeFileSync(join(directory, 'package.json'), `${JSON.stringify(named, null, 2)}\n`);
  }
}

function publish() {
  nameRepository();
  tool(root, 'turbo', ['run', 'build', '--output-logs=errors-only']);
  tool(root, 'node', ['scripts/steps/packages.mjs']);
  process.env.NPM_CONFIG_PROVENANCE ??= String(process.env.GITHUB_ACTIONS === 'true');
  environment.NPM_CONFIG_PROVENANCE = process.env.NPM_CONFIG_PROVENANCE;
  tool(root, 'changeset', ['publish']);
}

function rehearse() {
  const room = mkdtempSync(join(tmpdir(), 'normlayers-release-'));
  const copy = join(room, 'normlayers');
  try {
    tool(root, 'git', ['clone', '--quiet', '--local', root, copy]);
    tool(copy, 'pnpm', ['install', '--frozen-lockfile', '--prefer-offline', '--reporter=silent']);
    version(copy);
    tool(copy, 'git', ['--no-pager', 'diff', '--stat']);
    tool(copy, 'turbo', ['run', 'build', '--output-logs=errors-only']);
    tool(copy, 'node', ['scripts/steps/packages.mjs']);
    tool(copy, 'pnpm', ['--recursive', 'publish', '--dry-run', '--no-git-checks', '--access', 'public']);
    console.log('\nThe changelogs:');
    for (const { name, folder, isPublic } of workspacePackages()) {
      if (!isPublic) continue;
      const { version: next } = JSON.parse(readFileSync(join(copy, folder, 'package.json'), 'utf8'));
      console.log(
        `\n${name} ${next}\n${readFileSync(join(copy, folder, 'CHANGELOG.md'), 'utf8').replace(/^# .*\n/, '')}`,
      );
    }
    console.log('Nothing was published, and nothing here has changed.');
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
}
