import type { Binding, Form, StoredType } from './form';

/**
 * `Value`: what a lane computes with at once, one slot. `Sum`: a statistic, of one group, or in columns of as
 * many groups as a slot has numbers. Arithmetic of a Value with a Sum is WGSL's own, of a vector with a
 * number.
 */
export function valueTypes({ width, columns }: Form): string {
  const vector = width === 4;
  const wide = vector && columns;
  const sum = wide ? 'vec4<f32>' : 'f32';
  return `
alias Value = ${vector ? 'vec4<f32>' : 'f32'};
alias ValueBits = ${vector ? 'vec4<u32>' : 'u32'};
alias Sum = ${sum};
alias SumBits = ${wide ? 'vec4<u32>' : 'u32'};
alias SumInts = ${wide ? 'vec4<i32>' : 'i32'};
alias Sums2 = ${wide ? 'mat2x4<f32>' : 'vec2<f32>'};
alias Sums4 = ${wide ? 'mat4x4<f32>' : 'vec4<f32>'};
fn total(v : Value) -> Sum { return ${vector && !columns ? '(v.x + v.y) + (v.z + v.w)' : 'v'}; }
fn firstOf(v : Value) -> Sum { return ${vector && !columns ? 'v.x' : 'v'}; }
fn largestBits(v : Value) -> SumBits {
  let b = bitcast<ValueBits>(v) & ValueBits(0x7fffffffu);
  return ${vector && !columns ? 'max(max(b.x, b.y), max(b.z, b.w))' : 'b'};
}
`;
}

/** The declarations of a kernel's buffers. Those that are read by the slot are arrays of slots. */
export function declarations(
  bindings: readonly Binding[],
  elements: Readonly<Record<string, string>>,
): string {
  const lines = bindings.map(
    ({ name, access }, i) =>
      `@group(0) @binding(${i}) var<storage, ${access}> ${name} : array<${elements[name]}>;`,
  );
  return `${lines.join('\n')}
@group(0) @binding(${bindings.length}) var<uniform> u : Uniforms;
`;
}

/** A slot of a tensor stored in this type. */
export function slotType(type: StoredType, width: 1 | 4): string {
  return width === 4 ? `vec4<${type}>` : type;
}
