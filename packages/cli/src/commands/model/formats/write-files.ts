import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { CommandError } from '../../../command-error';

/**
 * Writes files by path, all or none; the last one last, so that who reads it finds the others.
 *
 * @throws CommandError `usage` where one cannot be written.
 */
export function writeFiles(files: Readonly<Record<string, Uint8Array>>, out: string): void {
  const parts: [part: string, path: string][] = [];
  try {
    for (const [path, bytes] of Object.entries(files)) {
      writeFileSync(`${path}.part`, bytes);
      parts.push([`${path}.part`, path]);
    }
    for (const [part, path] of parts) renameSync(part, path);
  } catch (error) {
    for (const [part] of parts) rmSync(part, { force: true });
    throw new CommandError('usage', `--out ${out} cannot be written: ${(error as Error).message}.`);
  }
}
