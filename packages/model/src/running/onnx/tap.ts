import { create } from '@bufbuild/protobuf';
import { markChanged } from '../../formats/onnx/edit';
import { ValueInfoProtoSchema } from '../../formats/onnx/messages';
import type { OnnxFile, OnnxNode } from '../../formats/onnx/read';
import { writeOnnx } from '../../formats/onnx/write';
import type { Value } from '../../graph/graph';
import type { FoundNorm, Operands } from '../../norms/find-norms';
import type { Parameter } from '../../norms/parameters';
import { isRefusal, type Refusal } from '../../norms/refusal';
import type { Tapped, TappedNorm, Untapped } from '../tapped';
import { Lifter } from './lift';

/** A model that gives back what its norms take and make, and where. */
export interface TappedModel {
  readonly bytes: Uint8Array;
  readonly norms: readonly (TappedNorm | Untapped)[];
}

/** Writes the model with all that has to be looked at among its outputs. What was read is changed for it. */
export function tappedModel(file: OnnxFile, found: readonly FoundNorm[]): TappedModel {
  const lifter = new Lifter(file);
  const norms = found.map((one) => tapped(one, lifter, file));
  const graph = file.model.graph!;
  const known = new Set([...graph.output, ...graph.input].map(({ name }) => name));
  const before = known.size;
  for (const one of norms) {
    if ('why' in one) continue;
    for (const seen of [one.x, one.y, one.gamma, one.beta, one.mean, one.variance]) {
      if (seen === null || 'constant' in seen || known.has(seen.name)) continue;
      known.add(seen.name);
      graph.output.push(create(ValueInfoProtoSchema, { name: seen.name }));
    }
  }
  if (known.size > before) markChanged(file, graph);
  return { bytes: writeOnnx(file), norms };
}

function tapped({ norm, operands }: FoundNorm, lifter: Lifter, file: OnnxFile): TappedNorm | Untapped {
  if (isRefusal(operands)) return { norm, why: operands };
  const x = lifter.lift(
    operands.sum === undefined ? operands.x : sumOf(operands, operands.sum, lifter, file),
  );
  const y = lifter.lift(operands.y);
  const parameter = (one: Parameter | null | undefined): Tapped | null | Refusal => {
    if (one == null) return null;
    if (one.value === undefined) return { constant: one.constant };
    return one.value.constant === null ? lifter.lift(one.value) : { constant: one.value.constant };
  };
  const [gamma, beta, mean, variance] = [
    parameter(operands.gamma),
    parameter(operands.beta),
    parameter(operands.mean),
    parameter(operands.variance),
  ];
  const why = [x, y, gamma, beta, mean, variance].find(isRefusal);
  if (why !== undefined) return { norm, why };
  const taps = { x, y, gamma, beta, mean, variance } as Omit<TappedNorm, 'norm' | 'operands'>;
  return { norm, operands, ...taps };
}

/** The sum that an operator normalizes, which it gives as one more output where it is asked for. */
function sumOf(
  { x }: Operands,
  { node, output }: NonNullable<Operands['sum']>,
  lifter: Lifter,
  file: OnnxFile,
): Value {
  const given = node.outputs[output];
  if (given != null) return given;
  const { message } = node as OnnxNode;
  const name = lifter.fresh(`${message.output[0]}/sum`);
  while (message.output.length <= output) message.output.push('');
  message.output[output] = name;
  file.changed.add(message);
  markChanged(file, (node as OnnxNode).graph.message as never);
  return { ...x, name, graph: node.graph, type: x.type, constant: null };
}
