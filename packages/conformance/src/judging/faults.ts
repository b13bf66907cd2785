import type { DType, OutputName } from '@normlayers/core';
import type { OutsideTolerance } from '../cases/conformance-case';
import type { Grade } from './grade';

/** A number that survives JSON: what is not finite is its name. */
export type PlainNumber = number | 'NaN' | 'Infinity' | '-Infinity';

/** An element of an output that is not what it should be. */
interface ElementFault {
  readonly output: OutputName;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly index: number;
  readonly got: PlainNumber;
  readonly expected: PlainNumber;
  /** How far off an accurate result may be; for `outside`, how far the vector allows. */
  readonly allowed: PlainNumber;
}

/** What is wrong with the results of a call: a record for programs and translations, `faultText` for people. */
export type ResultFault =
  /** The worst element of an output that is not accurate. */
  | (ElementFault & {
      readonly kind: 'off';
      readonly grade: Grade;
      /** How far off an ordinary result may be. */
      readonly ordinary: PlainNumber;
      /** Digits right in the output, and those that the data hold at its worst element. */
      readonly digits: number;
      readonly heldDigits: number;
      /** The largest error, where that is another element's. */
      readonly largestError: PlainNumber;
    })
  /** NaN or Inf in the wrong place, or a number in theirs. */
  | (ElementFault & { readonly kind: 'misplaced' })
  /** An element that is not what a vector expects. `truthAgrees`: the float64 truth is. */
  | (ElementFault & {
      readonly kind: 'outside';
      readonly rule: OutsideTolerance;
      readonly truthAgrees: boolean;
    })
  | { readonly kind: 'missing' | 'unexpected'; readonly output: OutputName }
  | { readonly kind: 'dtype'; readonly output: OutputName; readonly got: string; readonly expected: DType }
  | {
      readonly kind: 'shape';
      readonly output: OutputName;
      readonly got: readonly number[];
      readonly expected: readonly number[];
    }
  | { readonly kind: 'length'; readonly output: OutputName; readonly got: number; readonly expected: number };

/** What is wrong with how an adapter took a call. */
export type RunFault =
  /** `error` is what was thrown, in words. */
  | { readonly kind: 'threw'; readonly error: string }
  /** `supports()` said yes, and the call was refused as unsupported. */
  | { readonly kind: 'refused'; readonly error: string }
  /** `supports()` said no with this reason, and the call was not refused; `error`: what was thrown in its place. */
  | { readonly kind: 'computed'; readonly reason: string; readonly error: string | null }
  /** Bad input should have been refused with this code; `error`: what was thrown in its place. */
  | { readonly kind: 'accepted'; readonly expected: string; readonly error: string | null }
  | { readonly kind: 'input-changed'; readonly input: string };

/** What is wrong in a case. `otherLayout`: of the same call in its other layout. */
export type Fault = (ResultFault | RunFault) & { readonly otherLayout?: boolean };

/** A number as records hold it. */
export function plainNumber(value: number): PlainNumber {
  return Number.isFinite(value) ? value : (String(value) as PlainNumber);
}
