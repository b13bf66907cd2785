import { NormError } from '../errors';
import { describe, sizeOf, type TensorDescription } from './tensor';

/**
 * Refuses a parameter or statistic that has not as many elements as there are to be.
 *
 * @param what what there are so many of, where the name does not tell: `the layer's channels`.
 * @throws NormError `parameter-length`.
 */
export function checkSize(
  argument: string,
  { shape }: Pick<TensorDescription, 'shape'>,
  expected: number,
  what?: string,
): void {
  const size = sizeOf(shape);
  if (size === expected) return;
  throw new NormError(
    'parameter-length',
    `${argument} has ${size} elements; expected ${expected}${what === undefined ? '' : `, ${what}`}.`,
    { argument },
  );
}

/** @throws NormError `shape` for what is not a whole number, 1 or more. */
export function checkCount(argument: string, value: unknown): asserts value is number {
  if (Number.isSafeInteger(value) && (value as number) > 0) return;
  throw new NormError('shape', `${argument} is ${describe(value)}; expected a whole number, 1 or more.`, {
    argument,
  });
}
