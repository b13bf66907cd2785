import { cooperation, inSubgroups, type SumCount } from '../cooperation';
import { ARITHMETIC } from '../moments';
import type { Binding, Form, Program } from './form';
import { places } from './places';
import { declarations, slotType, valueTypes } from './storage';
import { uniformsStruct } from './uniforms';

/** What a kernel's file says; the rest is the same for all. */
export interface Kernel {
  readonly name: string;
  readonly form: Form;
  readonly bindings: readonly Binding[];
  /** How many sums are taken over lanes at once. */
  readonly sums: readonly SumCount[];
  /** Functions beside the common ones. */
  readonly functions?: string;
  /**
   * The body. In scope: `lane` of its unit's lanes; `unit` of its workgroup's units; `live`, whether the unit
   * is there; `owner` and `block`; `start` and `end`, its slots, none for a unit that is not there; `size`,
   * its elements; `at`, its place.
   */
  readonly main: string;
}

/** Tensors that are read or written by the slot, as x is. */
const LIKE_X = new Set(['x', 'dy', 'y', 'dx']);
/** Tensors with a number for each parameter. */
const PARAMETERS = new Set(['gamma', 'beta', 'givenMean', 'givenVariance']);

const programs = new Map<string, Program>();

/** The program of a kernel for a form, whose text is written once. */
export function programOf(name: string, form: Form, variant: string, write: () => Kernel): Program {
  const key = `${name} ${variant} ${JSON.stringify(form)}`;
  let program = programs.get(key);
  if (program === undefined) {
    const kernel = write();
    program = {
      name,
      key,
      bindings: kernel.bindings,
      workgroupSize: form.lanes * form.units,
      code: textOf(kernel),
    };
    programs.set(key, program);
  }
  return program;
}

function textOf({ name, form, bindings, sums, functions = '', main }: Kernel): string {
  const { lanes, units, columns, split, types } = form;
  const halves = Object.values(types).includes('f16');
  const sharing = lanes > 1 && inSubgroups(form);
  const coordinates =
    lanes === 1
      ? '  let lane = 0u;\n  let unit = index;'
      : columns
        ? `  let lane = index / ${units}u;\n  let unit = index % ${units}u;`
        : `  let lane = index % ${lanes}u;\n  let unit = index / ${lanes}u;`;
  const blocks = columns
    ? '  let owner = chosen % u.owners;\n  let block = chosen / u.owners;'
    : '  let owner = chosen / u.blocks;\n  let block = chosen % u.blocks;';
  return `// ${name}
${halves ? 'enable f16;\n' : ''}${sharing ? 'enable subgroups;\n' : ''}${valueTypes(form)}${uniformsStruct(form)}
${declarations(bindings, elementsOf(form, bindings))}${sharing ? 'var<private> subgroupSize : u32;\n' : ''}${places(form)}${ARITHMETIC}${cooperation(form, sums)}${functions}
@compute @workgroup_size(${lanes * units})
fn main(
  @builtin(workgroup_id) workgroup : vec3<u32>,
  @builtin(num_workgroups) workgroups : vec3<u32>,
  @builtin(local_invocation_index) index : u32,
${sharing ? '  @builtin(subgroup_size) lanesOfSubgroup : u32,\n' : ''}) {
${sharing ? '  subgroupSize = lanesOfSubgroup;\n' : ''}  zero = u.zero;
  slotAxis = u.axes[${form.slotAxes - 1}];
${coordinates}
  let number = (workgroup.x + workgroup.y * workgroups.x) * ${units}u + unit;
  let live = number < u.total;
  let chosen = min(number, u.total - 1u);
${split ? blocks : '  let owner = chosen;\n  let block = 0u;'}
  let start = ${split ? 'block * u.length' : '0u'};
  let end = select(start, ${split ? 'min(start + u.length, u.count)' : 'u.count'}, live);
  let size = f32(end - start) * u.width;
  let at = unitPlace(owner);
${main}
}
`;
}

function elementsOf(form: Form, bindings: readonly Binding[]): Record<string, string> {
  const { width, types, parameter } = form;
  const statistic = width === 4 && form.columns ? 'vec4<f32>' : 'f32';
  return Object.fromEntries(
    bindings.map(({ name }) => {
      const type = types[name] ?? 'f32';
      if (LIKE_X.has(name)) return [name, slotType(type, width)];
      if (PARAMETERS.has(name)) return [name, slotType(type, parameter.mode === 'vector' ? 4 : 1)];
      if (name === 'groupRecords') return [name, 'vec4<f32>'];
      // Outputs and records by unit: a Sum each.
      return [name, statistic === 'f32' ? type : slotType(type, 4)];
    }),
  );
}

/** `tensor[i]` as a Value, or four of them: see `Alignment`. */
export function aligned(
  tensor: string,
  mode: 'vector' | 'same' | 'apart',
  index: string,
  step: string,
): string {
  if (mode === 'vector') return `Value(${tensor}[${index}])`;
  const one = (i: string) => `f32(${tensor}[${i}])`;
  if (mode === 'same') return `Value(${one(index)})`;
  const apart = [0, 1, 2, 3].map((k) => one(`${index} + ${k}u * ${step}`));
  return `Value(${apart.join(', ')})`;
}
