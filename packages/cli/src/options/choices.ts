import { CommandError } from '../command-error';
import type { Part } from './case-selection';

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

/** Commander's parser for a seed. */
export function seedOf(value: string): number {
  const seed = Number(value);
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new CommandError('usage', `--seed ${value}: expected a whole number.`);
}

/** Commander's collector for sizes by name: `--size batch=1 --size 'sequence length=32'`. */
export function namedSizes(
  value: string,
  before: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const at = value.lastIndexOf('=');
  const size = Number(value.slice(at + 1));
  if (at < 1 || !Number.isInteger(size) || size < 1) {
    throw new CommandError('usage', `--size ${value}: expected a dimension's name and its size, as batch=1.`);
  }
  return { ...before, [value.slice(0, at)]: size };
}

/** Commander's parser for where a mended model runs. Whether the model's format has the target is seen when it is opened. */
export function targetOf(value: string): string {
  if (TARGETS.includes(value)) return value;
  throw new CommandError('usage', `--for ${value} is not known; expected one of ${TARGETS.join(', ')}.`);
}

const TARGETS: readonly string[] = ['any', 'wasm', 'webgpu', 'normlayers'];

/** Commander's parser for a part of the cases: `1/3`. */
export function partOf(value: string): Part {
  const [index, of] = /^(\d+)\/(\d+)$/.exec(value)?.slice(1).map(Number) ?? [];
  if (index !== undefined && of !== undefined && index >= 1 && index <= of) return { index, of };
  throw new CommandError(
    'usage',
    `--part ${value}: expected the part's number and how many there are, as 1/3.`,
  );
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
