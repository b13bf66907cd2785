import type { Form } from './program/form';
import { aligned } from './program/program';

/** WGSL for the slot's gammas or betas, `1` and `0` where there are none. */
export function parameterOfSlot({ parameter, types }: Form, name: 'gamma' | 'beta'): string {
  if (types[name] === undefined) return name === 'gamma' ? 'Value(1.)' : 'Value()';
  if (parameter.perUnit) return `${name}OfUnit`;
  return aligned(name, parameter.mode, 'at.parameter + s.parameter', 'u.parameterStep');
}

/** Declares the gammas and betas that all slots of a unit share. */
export function parametersOfUnit({ parameter, types }: Form, names: readonly string[]): string {
  if (!parameter.perUnit) return '';
  return names
    .filter((name) => types[name] !== undefined)
    .map(
      (name) => `  let ${name}OfUnit = ${aligned(name, parameter.mode, 'at.parameter', 'u.parameterStep')};`,
    )
    .join('\n');
}

/** WGSL for a unit's parameter as a Sum, whatever the slots are: of tensors that are per unit. */
export function unitSum({ width, columns, parameter }: Form, name: string): string {
  return width === 4 && columns
    ? aligned(name, parameter.mode, 'at.parameter', 'u.parameterStep')
    : `f32(${name}[at.parameter])`;
}

/** dxhat of a slot: dy * gamma. Where gamma is the unit's it is left out, and multiplied in at the end. */
export function dxhatOfSlot(form: Form): string {
  return form.types.gamma === undefined || form.parameter.perUnit
    ? 'dyi'
    : `dyi * ${parameterOfSlot(form, 'gamma')}`;
}

/** gamma as a Sum where it is the unit's, else 1. */
export function gammaOfUnit(form: Form): string {
  return form.types.gamma !== undefined && form.parameter.perUnit ? unitSum(form, 'gamma') : 'Sum(1.)';
}
