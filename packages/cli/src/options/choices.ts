import { CommandError } from '../command-error';

/** Commander's collector for options that repeat and take commas: `--op batchNorm,layerNorm --op rmsNorm`. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, ...value.split(',').filter((part) => part !== '')];
}

/** Commander's collector for options that repeat, and whose values may have commas in them. */
export function repeat(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** Commander's parser for a port. */
export function portOf(value: string): number {
  const port = Number(value);
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  throw new CommandError('usage', `--port ${value}: expected a whole number from 1 to 65535.`);
}

/** Commander's parser for a number of rounds. */
export function roundsOf(value: string): number {
  const rounds = Number(value);
  if (Number.isInteger(rounds) && rounds > 0) return rounds;
  throw new CommandError('usage', `--rounds ${value}: expected a whole number, 1 or more.`);
}

/** `4096x768` */
export function shapeOf(text: string): number[] {
  if (!/^[1-9]\d*(x[1-9]\d*)*$/.test(text)) {
    throw new CommandError('usage', `--shape ${text}: expected dimensions with x between them, as 4096x768.`);
  }
  return text.split('x').map(Number);
}

/**
 * Values of an option that has a list of them, in the list's order; `all` is all of them.
 *
 * @param otherwise what it is where the option is not given.
 * @throws CommandError `usage` for a value that is not in the list.
 */
export function chosen<T extends string>(
  option: string,
  known: readonly T[],
  given: readonly string[] | undefined,
  otherwise: readonly T[] = known,
): readonly T[] {
  const unknown = given?.find((value) => value !== 'all' && !(known as readonly string[]).includes(value));
  if (unknown !== undefined) {
    throw new CommandError(
      'usage',
      `--${option} ${unknown} is not known; expected all or one of ${known.join(', ')}.`,
    );
  }
  if (given === undefined) return otherwise;
  return known.filter((value) => given.includes('all') || given.includes(value));
}
