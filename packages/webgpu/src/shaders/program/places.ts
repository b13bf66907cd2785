import type { Form } from './form';

/**
 * From a unit's and a slot's number to where x, the parameter and the group's record lie: each falls into
 * axes, the last varying fastest, and every axis has its strides. A transpose is these strides and no pass.
 *
 * `divide` is exact. GPUs have no integer division: theirs is 20 instructions, and llvmpipe does it lane by
 * lane (README, "Reads").
 */
export function places({ slotAxes, evenSlots, columns }: Form): string {
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
fn advance(axis : Axis, i : u32, place : Place) -> Place {
  return Place(place.x + i * axis.x, place.parameter + i * axis.parameter, place.record + i * axis.record);
}
fn unitPlace(i : u32) -> Place {
  var rest = i;
  var place = Place();
  for (var k = ${slotAxes - 1}u + u.unitAxes; k > ${slotAxes}u; k--) {
    let part = divide(rest, u.axes[k]);
    rest = part.x;
    place = advance(u.axes[k], part.y, place);
  }
  return advance(u.axes[${slotAxes}], rest, place);
}
fn slotPlace(i : u32) -> Place {
${slotWalk(slotAxes, evenSlots, !columns)}
}
`;
}

/** @param next whether slots are next to each other along the last axis, as in rows. */
function slotWalk(axes: number, even: boolean, next: boolean): string {
  const x = next ? 'i' : 'i * slotAxis.x';
  if (axes === 1) return `  return Place(${x}, i * slotAxis.parameter, i * slotAxis.record);`;
  const steps = Array.from({ length: axes - 1 }, (_, step) => {
    const axis = step === 0 ? 'slotAxis' : `u.axes[${axes - 1 - step}]`;
    return `  part = divide(part.x, ${axis}); place = advance(${axis}, part.y, place);`;
  });
  return `  var part = vec2<u32>(i, 0u);
  var place = Place();
${steps.join('\n')}
  place = advance(u.axes[0], part.x, place);
${even ? `  place.x = ${x};\n` : ''}  return place;`;
}
