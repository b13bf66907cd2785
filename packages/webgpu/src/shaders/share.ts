import type { Form } from './program/form';

/** `shared_(value, lane, unit)`: the value of a unit's first lane, known to all its lanes. */
export function shareFirst({ lanes, units }: Form, type: string): string {
  if (lanes === 1)
    return `fn shared_(value : ${type}, lane : u32, unit : u32) -> ${type} { return value; }\n`;
  return `
var<workgroup> first_ : array<${type}, ${units}>;
fn shared_(value : ${type}, lane : u32, unit : u32) -> ${type} {
  if (lane == 0u) { first_[unit] = value; }
  workgroupBarrier();
  return first_[unit];
}
`;
}
