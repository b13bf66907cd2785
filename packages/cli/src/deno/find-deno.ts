import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CommandError } from '../command-error';

/** A program and what it is to be given before Deno's own arguments. */
export type DenoProgram = readonly [program: string, ...before: string[]];

/**
 * Deno: the program that DENO_PATH names, one on the PATH, or the npm package `deno`, beside the command or where it was
 * called.
 *
 * @throws CommandError `environment` where there is none that starts.
 */
export function findDeno(): DenoProgram {
  const named = process.env.DENO_PATH;
  if (named !== undefined) {
    if (starts([named])) return [named];
    throw new CommandError('environment', `DENO_PATH ${named} does not start as Deno.`);
  }
  for (const candidate of [
    ['deno'],
    packageIn(import.meta.url),
    packageIn(join(process.cwd(), 'package.json')),
  ]) {
    if (candidate !== null && starts(candidate as unknown as DenoProgram))
      return candidate as unknown as DenoProgram;
  }
  throw new CommandError(
    'environment',
    '--runtime deno: no Deno was found; npm install deno, or name its program in DENO_PATH.',
  );
}

/** The npm package's script, which starts the program for this platform. */
function packageIn(from: string): string[] | null {
  try {
    const manifest = createRequire(from).resolve('deno/package.json');
    return [process.execPath, join(dirname(manifest), 'bin.cjs')];
  } catch {
    return null;
  }
}

function starts([program, ...before]: DenoProgram): boolean {
  const { stdout } = spawnSync(program, [...before, '--version'], { encoding: 'utf8', timeout: 20_000 });
  return /^deno \d/.test(stdout ?? '');
}
