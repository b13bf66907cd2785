import type { Form } from './form';

/**
 * From a unit's and a slot's number to where x, the parameter and the group's record lie: each falls into axes, the last
 * varying fastest, and every axis has its strides. A transpose is these strides and no pass.
 *
 * `divide` is exact. GPUs have no integer division: theirs is 20 instructions, and llvmpipe does it lane by lane
 * (README, "Measured").
 */
export function places({ unitAxes, slotAxes, evenSlots }: Form): string {
  return `
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
${walk('slots', slotAxes, evenSlots)}
}
`;
}

function walk(list: string, axes: number, even = false): string {
  const axis = (k: number) => `u.${list}[${k}]`;
  const scaled = (k: number, i: string) =>
    `Place(${i} * ${axis(k)}.x, ${i} * ${axis(k)}.parameter, ${i} * ${axis(k)}.record)`;
  if (axes === 1) return `  return ${scaled(0, 'i')};`;
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
  if (even) steps.push(`  place.x = i * ${axis(axes - 1)}.x;`);
  steps.push('  return place;');
  return steps.join('\n');
}
