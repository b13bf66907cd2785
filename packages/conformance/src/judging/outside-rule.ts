import type { OutputName } from '@normlayers/core';
import type { OutsideExpectation, OutsideTolerance } from '../cases/conformance-case';
import { plainNumber, type ResultFault } from './faults';
import { roundedTo, ulpDistance, ulpOf } from './number-format';
import type { OutputTruth } from './truth';

/** The first element that a vector's own tolerance does not take; null where it takes all. */
export function outsideFault(
  output: OutputName,
  got: Float64Array,
  { values, tolerance }: OutsideExpectation,
  truth: OutputTruth,
): (ResultFault & { readonly kind: 'outside' }) | null {
  const { shape, dtype } = truth;
  const comparable = comparableTo(got, tolerance);
  const index = values.findIndex((expected, i) => !accepts(comparable[i], expected, i, tolerance));
  if (index === -1) return null;
  const rounded = comparableTo(roundedTo(truth.values, dtype), tolerance);
  return {
    kind: 'outside',
    output,
    shape,
    index,
    got: plainNumber(got[index]),
    expected: plainNumber(values[index]),
    allowed: plainNumber(allowedAt(values[index], index, tolerance)),
    rule: tolerance,
    truthAgrees: values.every((expected, i) => accepts(rounded[i], expected, i, tolerance)),
  };
}

function comparableTo(got: Float64Array, tolerance: OutsideTolerance): Float64Array {
  return tolerance.kind === 'ulp' ? roundedTo(got, tolerance.dtype) : got;
}

function accepts(got: number, expected: number, i: number, tolerance: OutsideTolerance): boolean {
  if (got === expected || (Number.isNaN(got) && Number.isNaN(expected))) return true;
  if (tolerance.kind === 'ulp') return ulpDistance(got, expected, tolerance.dtype) <= tolerance.ulps;
  return Math.abs(got - expected) <= allowedAt(expected, i, tolerance);
}

function allowedAt(expected: number, i: number, tolerance: OutsideTolerance): number {
  if (tolerance.kind === 'ulp') return tolerance.ulps * ulpOf(expected, tolerance.dtype);
  const { atol, rtol } = tolerance;
  const absolute =
    typeof atol === 'number' ? atol : atol.perChannel[Math.floor(i / atol.inner) % atol.perChannel.length];
  return absolute + rtol * Math.abs(expected);
}
