import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
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

/** The files of one of nsfwjs's models, `model.json` and its shards: it has them as modules, each shard in base64. */
export function nsfwModelFiles(name: string): Record<string, Uint8Array> {
  const folder = join(npmPackage('nsfwjs', '4.4.0'), 'dist/models', name);
  const load = createRequire(join(folder, 'model.min.js'));
  const shards = readdirSync(folder).filter((file) => file.startsWith('group'));
  const model = load('./model.min.js') as { weightsManifest: { paths: string[] }[] };
  const files: Record<string, Uint8Array> = { 'model.json': new TextEncoder().encode(JSON.stringify(model)) };
  for (const path of model.weightsManifest.flatMap(({ paths }) => paths)) {
    const shard = shards.find((file) => file.startsWith(`${path}.`))!;
    files[path] = new Uint8Array(Buffer.from(load(`./${shard}`) as string, 'base64'));
  }
  return files;
}
