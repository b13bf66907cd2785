import { MODES, type Mode, type NormCall, NormError, OPS, type Op, type OutputName } from '@normlayers/core';
import { planCall, TENSOR_NAMES } from '@normlayers/core/adapter';
import type { VectorCalls } from './format';
import { inputsOf, type Vector } from './format';

/**
 * Vectors of people's own, from any source that is not one of the frameworks': `op`, `attributes`, inputs and outputs are
 * in this library's words. `attributes.mode` is the mode, `inference` by default; the others are the call's own arguments.
 *
 * @throws TypeError where the call is malformed, with the words of the NormError that it would give.
 */
export function ownCalls(vector: Vector): VectorCalls {
  const { op, attributes } = vector;
  const { mode = 'inference', ...rest } = attributes as { mode?: Mode };
  refuseUnknown(vector, 'op', op, OPS);
  refuseUnknown(vector, 'attributes.mode', mode, MODES);
  for (const { name } of vector.inputs) refuseUnknown(vector, 'an input', name, TENSOR_NAMES);
  const call = { op: op as Op, mode, ...rest, ...inputsOf(vector) } as unknown as NormCall;
  const given = planned(vector, call);
  for (const { name } of vector.outputs) refuseUnknown(vector, 'an output', name, given);
  return [
    { call, outputs: Object.fromEntries(vector.outputs.map(({ name }) => [name as OutputName, name])) },
  ];
}

/** The names of what the call returns. */
function planned(vector: Vector, call: NormCall): readonly string[] {
  try {
    return Object.keys(planCall(call).outputs);
  } catch (error) {
    if (!(error instanceof NormError)) throw error;
    throw new TypeError(`vector '${vector.name}': ${error.message}`);
  }
}

function refuseUnknown(vector: Vector, what: string, value: unknown, known: readonly string[]): void {
  if (known.includes(value as string)) return;
  throw new TypeError(
    `vector '${vector.name}' of source '${vector.source}': ${what} is ${JSON.stringify(value)}; expected one of ${known.join(', ')}`,
  );
}
