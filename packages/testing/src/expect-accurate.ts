import { faultsText, judge, truthOfCall } from '@normlayers/conformance';
import type { NormCall, NormResult } from '@normlayers/core';

/**
 * Expects of a result what the suite requires of our adapters: types, shapes, and each element within its budget of the
 * float64 truth. Any framework's tensors are first read into core's.
 *
 * @throws Error with what is wrong, and the call's operation, mode, type and shape.
 */
export function expectAccurate(call: NormCall, result: NormResult): void {
  const { grade, faults } = judge(result, truthOfCall(call));
  if (grade === 'accurate') return;
  const { op, mode, x } = call;
  throw new Error(`${op} ${mode} ${x.dtype} [${x.shape}]: ${faultsText(faults)}`);
}
