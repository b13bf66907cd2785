import type { Form } from './program/form';
import { aligned } from './program/program';

/** WGSL for the slot's gammas or betas, `1` and `0` where there are none. */
export function parameterOfSlot(form: Form, name: 'gamma' | 'beta'): string {
  const { parameter, types } = form;
  if (types[name] === undefined) return name === 'gamma' ? 'Value(1.)' : 'Value()';
  if (parameter.perUnit) return `${name}OfUnit`;
  return withOffset(
    form,
    name,
    aligned(name, parameter.mode, 'at.parameter + s.parameter', 'u.parameterStep'),
  );
}

/** Declares the gammas and betas that all slots of a unit share. */
export function parametersOfUnit(form: Form, names: readonly string[]): string {
  const { parameter, types } = form;
  if (!parameter.perUnit) return '';
  return names
    .filter((name) => types[name] !== undefined)
    .map(
      (name) =>
        `  let ${name}OfUnit = ${withOffset(form, name, aligned(name, parameter.mode, 'at.parameter', 'u.parameterStep'))};`,
    )
    .join('\n');
}

/** WGSL for a unit's parameter as a Sum, whatever the slots are: of tensors that are per unit. */
export function unitSum(form: Form, name: string): string {
  const { width, columns, parameter } = form;
  const value =
    width === 4 && columns
      ? aligned(name, parameter.mode, 'at.parameter', 'u.parameterStep')
      : `f32(${name}[at.parameter])`;
  return withOffset(form, name, value);
}

function withOffset({ gammaOffset }: Form, name: string, value: string): string {
  return name === 'gamma' && gammaOffset !== 0 ? `(${value} + f32(${gammaOffset}))` : value;
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
