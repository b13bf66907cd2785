import type { NormError } from '@normlayers/core/adapter';
import type { TensorInfo } from '../../framework';

/** One of our programs. */
export interface GpuProgram {
  /**
   * Defines `value(int at)`, which gives element `at` of the output, in GLSL ES 3.00. It may use
   * `fetchNAME(i)` for element i of the input NAME, and `$NAME` for a uniform. Inputs called `stats` and
   * `dots`, which our programs hand on to each other, have four numbers an element.
   */
  readonly code: string;
  /** In the order in which they are given. */
  readonly inputs: readonly string[];
  /** Whether an element of the output is four numbers. */
  readonly wide: boolean;
}

/** Inputs of which each element is four numbers. */
export const WIDE: ReadonlySet<string> = new Set(['stats', 'dots']);

/**
 * What TensorFlow.js is told the shape of an input is. Our programs find their elements themselves; by the
 * true shapes it would compile each of them again and again (144 programs instead of 126 over the suite's
 * Layer Norms, on webgl, measured).
 */
export const ANY_SHAPE = [7, 7, 7];

/** What a program's uniforms may be. */
export interface Uniforms {
  readonly ints: Readonly<Record<string, number>>;
  readonly floats: Readonly<Record<string, number>>;
}

/** How the sum over each group of [outer, groups, inner] is split up. */
export interface Split {
  /** A group's blocks, each summed on its own. */
  readonly blocks: number;
  /** A block's elements; the last may have fewer. */
  readonly length: number;
}

/** What runs programs. */
export interface GpuDevice {
  split(shape: readonly [number, number, number]): Split;
  /**
   * @param count how many elements the output has.
   * @returns `count` numbers, or `count` times four, that the caller disposes.
   */
  run(program: GpuProgram, inputs: readonly TensorInfo[], uniforms: Uniforms, count: number): TensorInfo;
  dispose(info: TensorInfo): void;
  /** Why nothing can be computed any more; null while all is well. */
  lost(): NormError | null;
}

/**
 * Splits groups of n elements so that at least `threads` are busy, each with `least` elements or more. Not in
 * more than 16 for that, as the program that comes after joins all blocks of a group again for each of its
 * elements; but in as many as it takes for no block to be longer than 2^16, which could keep the screen
 * waiting.
 */
export function blocksOf(n: number, groups: number, threads: number, least: number) {
  const useful = Math.min(Math.ceil(threads / groups), Math.floor(n / least), 16);
  const length = Math.ceil(n / Math.max(1, useful, Math.ceil(n / 2 ** 16)));
  return { blocks: Math.ceil(n / length), length };
}

/** The uniforms that a program uses, in the order of their first use. */
export function uniformsOf({ code }: GpuProgram): string[] {
  return [...new Set(Array.from(code.matchAll(/\$(\w+)/g), ([, name]) => name as string))].filter(
    (name) => name !== 'NAN',
  );
}
