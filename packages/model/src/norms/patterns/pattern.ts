/**
 * What a chain of operators has to look like, as data. Matching binds names to values and to numbers. A name that returns
 * stands for the same value; one that is computed again from the same operands counts as the same.
 */
export type Pattern =
  /** Any value. */
  | { readonly value: string }
  /** A constant that holds this number alone. */
  | { readonly number: number }
  /** A constant of one element, bound as a number. */
  | { readonly constant: string }
  /** A node of the format's own operators; with `commutative` its two operands in either order. */
  | {
      readonly op: string;
      readonly inputs: readonly Pattern[];
      readonly commutative?: true;
      readonly as?: string;
    }
  /** A mean over axes that are kept with size 1, or dropped and put back. All means of a pattern take the same axes. */
  | { readonly mean: Pattern; readonly as?: string }
  /** The first of these that matches. */
  | { readonly anyOf: readonly Pattern[] };

/** One factor of a product, raised to a power: of -1/2 by Sqrt and Div, Reciprocal, Pow and their like. */
export interface FactorPattern {
  readonly of: Pattern;
  readonly power: 1 | -0.5;
}

/** A product in any order and nesting of Mul, Div, Reciprocal, Sqrt, Pow, Neg and Cast. */
export interface TermPattern {
  readonly sign: 1 | -1;
  readonly factors: readonly FactorPattern[];
}

/**
 * A sum of products in any order and nesting of Add, Sub and Neg. Every term has the same other factors, which are gamma;
 * all other terms are beta.
 */
export type AffinePattern = readonly TermPattern[];

export const value = (name: string): Pattern => ({ value: name });
export const number = (one: number): Pattern => ({ number: one });
export const constant = (name: string): Pattern => ({ constant: name });
export const anyOf = (...patterns: Pattern[]): Pattern => ({ anyOf: patterns });
export const op = (name: string, ...inputs: Pattern[]): Pattern => ({ op: name, inputs });

export function mean(of: Pattern, as?: string): Pattern {
  return as === undefined ? { mean: of } : { mean: of, as };
}

export function commutative(name: string, left: Pattern, right: Pattern): Pattern {
  return { op: name, inputs: [left, right], commutative: true };
}
