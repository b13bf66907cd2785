import type { Form } from './program/form';

export type SumCount = 1 | 2 | 4;

const TYPES = { 1: 'Sum', 2: 'Sums2', 4: 'Sums4' } as const;

/**
 * `together1`, `together2`, `together4`: the sum over the lanes that share a unit, known to each of them. Two
 * steps, so three barriers whatever the number of lanes: a tree of halves has one a step, and took 1.45 times
 * as long for a whole Layer Norm [1024,768] with 64 lanes a row (llvmpipe). With subgroups, whose lanes need
 * no barrier, two.
 */
export function cooperation(form: Form, counts: readonly SumCount[]): string {
  if (form.lanes === 1) return counts.map((count) => alone(count)).join('');
  return counts
    .map((count) => (inSubgroups(form) ? bySubgroups(form, count) : byParts(form, count)))
    .join('');
}

/** A unit's lanes are whole subgroups where the workgroup has one unit. */
export function inSubgroups({ subgroups, units, columns, width }: Form): boolean {
  return subgroups && units === 1 && !(columns && width === 4);
}

const alone = (count: SumCount) =>
  `fn together${count}(v : ${TYPES[count]}, lane : u32, unit : u32) -> ${TYPES[count]} { return v; }\n`;

function bySubgroups({ lanes }: Form, count: SumCount): string {
  const type = TYPES[count];
  return `
var<workgroup> pool${count} : array<${type}, ${lanes}>;
fn together${count}(v : ${type}, lane : u32, unit : u32) -> ${type} {
  let part = subgroupAdd(v);
  if (lane % subgroupSize == 0u) { pool${count}[lane / subgroupSize] = part; }
  workgroupBarrier();
  var joined = pool${count}[0];
  for (var k = 1u; k < (${lanes}u + subgroupSize - 1u) / subgroupSize; k++) { joined += pool${count}[k]; }
  workgroupBarrier();
  return joined;
}
`;
}

/** So few lanes that each may add up what all have. */
const FEW = 16;

function byParts({ lanes, units, columns }: Form, count: SumCount): string {
  const type = TYPES[count];
  const parts = Math.min(lanes, lanes > 64 ? 16 : 8);
  const at = (lane: string) => (columns ? `${lane} * ${units}u + unit` : `unit * ${lanes}u + ${lane}`);
  const partAt = (part: string) => `unit * ${parts}u + ${part}`;
  if (lanes <= FEW) {
    return `
var<workgroup> pool${count} : array<${type}, ${lanes * units}>;
fn together${count}(v : ${type}, lane : u32, unit : u32) -> ${type} {
  pool${count}[${at('lane')}] = v;
  workgroupBarrier();
  var joined = pool${count}[${at('0u')}];
  for (var k = 1u; k < ${lanes}u; k++) { joined += pool${count}[${at('k')}]; }
  workgroupBarrier();
  return joined;
}
`;
  }
  return `
var<workgroup> pool${count} : array<${type}, ${lanes * units}>;
var<workgroup> parts${count} : array<${type}, ${parts * units}>;
fn together${count}(v : ${type}, lane : u32, unit : u32) -> ${type} {
  pool${count}[${at('lane')}] = v;
  workgroupBarrier();
  if (lane < ${parts}u) {
    var part = pool${count}[${at('lane')}];
    for (var k = lane + ${parts}u; k < ${lanes}u; k += ${parts}u) { part += pool${count}[${at('k')}]; }
    parts${count}[${partAt('lane')}] = part;
  }
  workgroupBarrier();
  var joined = parts${count}[${partAt('0u')}];
  for (var k = 1u; k < ${parts}u; k++) { joined += parts${count}[${partAt('k')}]; }
  workgroupBarrier();
  return joined;
}
`;
}
