import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { CommandError } from '../command-error';

/**
 * Writes files by path, all or none; the last one last, so that who reads it finds the others. Each is written beside its
 * place first, into a file that is opened only where there is none of its name: what a full disk leaves of it is ours, and
 * is removed.
 *
 * @throws CommandError `environment` where one cannot be written.
 */
export function writeFiles(files: Readonly<Record<string, Uint8Array>>, out: string): void {
  const parts: [part: string, path: string][] = [];
  try {
    for (const [path, bytes] of Object.entries(files)) {
      // Another command, or one that was killed, may have a part of this file there.
      const part = `${path}.${process.pid}.part`;
      const file = openSync(part, 'wx');
      parts.push([part, path]);
      try {
        writeFileSync(file, bytes);
      } finally {
        closeSync(file);
      }
    }
    for (const [part, path] of parts) renameSync(part, path);
  } catch (error) {
    for (const [part] of parts) rmSync(part, { force: true });
    throw new CommandError('environment', `--out ${out} cannot be written: ${(error as Error).message}.`);
  }
}
