import type { Binding, Program, StoredType } from '../program/form';

const LANES = 64;

/** How many workgroups add so many elements. */
export function addWorkgroups(size: number): number {
  return Math.ceil(size / width(size) / LANES);
}

/** The kernel's uniforms: how many slots there are. */
export function addUniforms(size: number): Uint32Array {
  return Uint32Array.of(size / width(size), 0, 0, 0);
}

/** sum = x + residual: each read once, one lane a slot. Sums are rounded once, to the type they are stored in. */
export function sumKernel(type: StoredType, size: number): Program {
  return addKernel('sum', 'x[i] + residual[i]', type, size, [
    { name: 'x', access: 'read' },
    { name: 'residual', access: 'read' },
    { name: 'sum', access: 'read_write' },
  ]);
}

/** dx += dsum, where dx lies. */
export function addToGradientKernel(type: StoredType, size: number): Program {
  return addKernel('dx', 'dx[i] + dsum[i]', type, size, [
    { name: 'dsum', access: 'read' },
    { name: 'dx', access: 'read_write' },
  ]);
}

function addKernel(
  out: string,
  value: string,
  type: StoredType,
  size: number,
  bindings: readonly Binding[],
): Program {
  const element = width(size) === 4 ? `vec4<${type}>` : type;
  const buffers = bindings.map(
    ({ name, access }, i) => `@group(0) @binding(${i}) var<storage, ${access}> ${name} : array<${element}>;`,
  );
  return {
    name: `add to ${out}`,
    key: `add to ${out} ${element}`,
    bindings,
    workgroupSize: LANES,
    code: `// add: ${out} = ${value.replaceAll('[i]', '')}
${type === 'f16' ? 'enable f16;\n' : ''}${buffers.join('\n')}
@group(0) @binding(${bindings.length}) var<uniform> slots : vec4<u32>;
@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) workgroup : vec3<u32>,
  @builtin(num_workgroups) workgroups : vec3<u32>,
  @builtin(local_invocation_index) index : u32,
) {
  let i = (workgroup.x + workgroup.y * workgroups.x) * ${LANES}u + index;
  if (i < slots.x) {
    ${out}[i] = ${value};
  }
}
`,
  };
}

/** How many neighbours a lane takes at once. */
function width(size: number): 1 | 4 {
  return size % 4 === 0 ? 4 : 1;
}
