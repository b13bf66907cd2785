import type { Form } from './form';

/**
 * From a unit's and a slot's number to where x, the parameter and the group's record lie: each falls into
 * axes, the last varying fastest, and every axis has its strides. A transpose is these strides and no pass.
 *
 * `divide` is exact. GPUs have no integer division: theirs is 20 instructions, and llvmpipe does it lane by
 * lane (README, "Reads").
 */
export function places({ unitAxes, slotAxes, evenSlots, columns }: Form): string {
  return `
// Uniforms that loops use, in registers: llvmpipe reads a uniform wherever it stands (README, "Reads").
var<private> zero : u32;
var<private> slotAxis : Axis;
struct Place { x : u32, parameter : u32, record : u32 }
fn divide(i : u32, axis : Axis) -> vec2<u32> {
  let size = i32(axis.size);
  var q = i32(f32(i) * axis.inverse);
  var r = i32(i) - q * size;
  let missed = i32(floor(f32(r) * axis.inverse));
  q += missed;
  r -= missed * size;
  if (r < 0) { q -= 1; r += size; }
  if (r >= size) { q += 1; r -= size; }
  return vec2<u32>(u32(q), u32(r));
}
fn unitPlace(i : u32) -> Place {
${walk('units', unitAxes)}
}
fn slotPlace(i : u32) -> Place {
${walk('slots', slotAxes, evenSlots, !columns)}
}
`;
}

function walk(list: string, axes: number, even = false, next = false): string {
  const axis = (k: number) => (list === 'slots' && k === axes - 1 ? 'slotAxis' : `u.${list}[${k}]`);
  // In rows slots are next to each other along the last axis.
  const along = next ? 'i' : `i * ${axis(axes - 1)}.x`;
  if (axes === 1) {
    return `  return Place(${along}, i * ${axis(0)}.parameter, i * ${axis(0)}.record);`;
  }
  const steps = ['  var rest = i;', '  var place = Place(0u, 0u, 0u);'];
  for (let k = axes - 1; k > 0; k--) {
    steps.push(
      `  { let part = divide(rest, ${axis(k)}); rest = part.x;
    place.x += part.y * ${axis(k)}.x; place.parameter += part.y * ${axis(k)}.parameter; place.record += part.y * ${axis(k)}.record; }`,
    );
  }
  steps.push(
    `  place.x += rest * ${axis(0)}.x; place.parameter += rest * ${axis(0)}.parameter; place.record += rest * ${axis(0)}.record;`,
  );
  if (even) steps.push(`  place.x = ${along};`);
  steps.push('  return place;');
  return steps.join('\n');
}
