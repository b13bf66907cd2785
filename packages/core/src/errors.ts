/**
 * What went wrong, in a word that programs can rely on. The sentence is in the error's message.
 *
 * - `missing-argument`, `unknown-argument`, `unknown-op`: the call itself is malformed.
 * - `dtype`, `shape`, `data-length`, `parameter-length`, `rank`, `layout`, `axis`, `groups`: a tensor or the way it is
 *   to be read does not fit.
 * - `epsilon`, `gamma-offset`, `momentum`, `convention`: an attribute is outside its range. `variance`: one below -epsilon.
 * - `empty-statistics`: statistics of no elements. `unbiased-variance`: n/(n-1) with n = 1.
 * - `padding`: a Batch Norm cannot be folded through zero padding.
 * - `unsupported`: a valid call that this back end does not compute. `not-run`: read before run.
 * - `file`: bytes that are no model, or a damaged one.
 * - `contract`: a back end whose author left something out.
 * - `disposed`: use after dispose. `backend`: the framework below failed. `out-of-memory`: memory could not grow.
 */
export type NormErrorCode =
  | 'missing-argument'
  | 'unknown-argument'
  | 'unknown-op'
  | 'dtype'
  | 'shape'
  | 'data-length'
  | 'parameter-length'
  | 'rank'
  | 'layout'
  | 'axis'
  | 'groups'
  | 'epsilon'
  | 'gamma-offset'
  | 'variance'
  | 'momentum'
  | 'convention'
  | 'empty-statistics'
  | 'unbiased-variance'
  | 'padding'
  | 'unsupported'
  | 'not-run'
  | 'contract'
  | 'disposed'
  | 'backend'
  | 'out-of-memory'
  | 'file';

/**
 * The one error class of normlayers. Bad input is refused with it before anything is computed or allocated on a device.
 *
 * @example
 * ```ts
 * import { layerNorm, NormError, tensor } from '@normlayers/core';
 *
 * try {
 *   layerNorm({ x: tensor([1, 2, 3, 4], [2, 2]), epsilon: -1 });
 * } catch (error) {
 *   assert(error instanceof NormError);
 *   assert.equal(error.code, 'epsilon');
 *   assert.equal(error.argument, 'epsilon');
 * }
 * ```
 */
export class NormError extends Error {
  /** Stable: safe to branch on. */
  readonly code: NormErrorCode;
  /** The argument that is wrong, by its name in the call; undefined where no single one is. */
  readonly argument: string | undefined;
  /** What the message says in numbers and names, for programs that put it in other words. */
  readonly values: Readonly<Record<string, string | number>>;

  constructor(code: NormErrorCode, message: string, options: NormErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'NormError';
    this.code = code;
    this.argument = options.argument;
    this.values = options.values ?? {};
  }
}

export interface NormErrorOptions extends ErrorOptions {
  readonly argument?: string;
  readonly values?: Readonly<Record<string, string | number>>;
}
