// Packs what a release publishes, as it publishes it.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { environment } from './setup.mjs';
import { workspacePackages } from './workspace.mjs';

/**
 * Packs every public package into a folder.
 *
 * @param {string} folder
 * @returns {{ name: string, tarball: string, manifest: Record<string, any> }[]}
 */
export function packPublicPackages(folder) {
  return workspacePackages()
    .filter(({ isPublic }) => isPublic)
    .map(({ name, directory, manifest }) => {
      execFileSync('pnpm', ['pack', '--pack-destination', folder], {
        cwd: directory,
        env: environment,
        stdio: ['ignore', 'ignore', 'inherit'],
        shell: process.platform === 'win32',
      });
      const file = `${name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`;
      return { name, tarball: join(folder, file), manifest };
    });
}
