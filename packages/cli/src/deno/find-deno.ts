import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CommandError } from '../command-error';

/** A program and what it is to be given before Deno's own arguments. */
export type DenoProgram = readonly [program: string, ...before: string[]];

/**
 * Deno: the program that DENO_PATH names; the npm package `deno`, beside the command or where it was called; or a `deno` on
 * the PATH.
 *
 * @throws CommandError `environment` where there is none that starts.
 */
export function findDeno(): DenoProgram {
  const named = process.env.DENO_PATH;
  if (named !== undefined) {
    if (starts([named])) return [named];
    throw new CommandError('environment', `DENO_PATH ${named} does not start as Deno.`);
  }
  const found =
    packageSeenFrom(import.meta.url) ??
    packageSeenFrom(join(process.cwd(), 'package.json')) ??
    (starts(['deno']) ? (['deno'] as const) : null);
  if (found !== null) return found;
  throw new CommandError(
    'environment',
    '--runtime deno: no Deno was found; npm install deno, or name its program in DENO_PATH.',
  );
}

/** The npm package's program, which its script puts beside itself when it first runs; the script passes no signals on. */
function packageSeenFrom(place: string): DenoProgram | null {
  let folder: string;
  try {
    folder = dirname(createRequire(place).resolve('deno/package.json'));
  } catch {
    return null;
  }
  const script: DenoProgram = [process.execPath, join(folder, 'bin.cjs')];
  if (!starts(script)) return null;
  const program = join(folder, process.platform === 'win32' ? 'deno.exe' : 'deno');
  return existsSync(program) ? [program] : script;
}

function starts([program, ...before]: DenoProgram): boolean {
  const { stdout } = spawnSync(program, [...before, '--version'], { encoding: 'utf8', timeout: 20_000 });
  return /^deno \d/.test(stdout ?? '');
}
