import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';

/**
 * Where a file of a package lies: beside this program, or in the project that it is run in, as of `npx`, whose own folder has
 * none of the project's packages.
 *
 * @param specifier as `require` takes it: a package, or a file of one.
 * @returns its path; null where it is not installed.
 */
export function installedAt(specifier: string): string | null {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return createRequire(from).resolve(specifier);
    } catch {
      // The next place, or nowhere.
    }
  }
  return null;
}

/** An installed package's version, from its manifest; null where it is not installed. */
export function installedVersion(name: string): string | null {
  const entry = installedAt(name);
  if (entry === null) return null;
  const folder = join('node_modules', name) + sep;
  const manifest = join(entry.slice(0, entry.lastIndexOf(folder)), folder, 'package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
