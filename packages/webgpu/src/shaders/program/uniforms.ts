import type { Form } from './form';

/** The uniforms of every kernel, 4 bytes each, in this order; after them come the axes, AXIS_WORDS each. */
export const SCALARS = [
  /** How many units (blocks counted) there are in all. */
  ['total', 'u32'],
  /** How many units there are, blocks not counted. */
  ['owners', 'u32'],
  /** How many blocks each falls into, and how many slots a block and a unit have. */
  ['blocks', 'u32'],
  ['length', 'u32'],
  ['count', 'u32'],
  /** How many statistics a field of the group records has, each a number. */
  ['groups', 'u32'],
  /** 0, which compilers cannot know. */
  ['zero', 'u32'],
  /** The highest exponent of the power of two that a group may be scaled by. */
  ['highest', 'i32'],
  /** How many elements share statistics. */
  ['n', 'f32'],
  /** How many elements of a unit a slot holds. */
  ['width', 'f32'],
  ['epsilon', 'f32'],
  ['sqrtEpsilon', 'f32'],
  /** 1 / sqrt(epsilon). */
  ['flatSlope', 'f32'],
  /** new = keep * old + take * batch. */
  ['keep', 'f32'],
  ['takeMean', 'f32'],
  ['takeVariance', 'f32'],
  /** How many groups share a running statistic. */
  ['instances', 'u32'],
  /** How far apart a slot's four parameters and records are where they are `apart`. */
  ['parameterStep', 'u32'],
  ['recordStep', 'u32'],
  ['parameters', 'u32'],
  /** Into how many axes a unit's number falls: a loop, once a lane. */
  ['unitAxes', 'u32'],
] as const;

export type ScalarName = (typeof SCALARS)[number][0];

export const AXIS_WORDS = 8;

/** Where the axes begin, in words: they are aligned to 4. */
export const FIRST_AXIS = Math.ceil(SCALARS.length / 4) * 4;

/** Axes of a slot come first, then those of a unit. */
export function uniformsStruct({ axes }: Form): string {
  return `
struct Axis {
  @align(16) size : u32,
  inverse : f32,
  x : u32,
  parameter : u32,
  record : u32,
}
struct Uniforms {
${SCALARS.map(([name, type]) => `  ${name} : ${type},`).join('\n')}
  @align(16) axes : array<Axis, ${axes}>,
}
`;
}
