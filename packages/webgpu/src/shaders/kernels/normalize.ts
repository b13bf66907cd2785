import { ownMoments, takeMoments } from '../moments';
import { parameterOfSlot, parametersOfUnit } from '../parameters';
import type { Binding, Form, Program } from '../program/form';
import { programOf } from '../program/program';
import { STANDARD } from '../standardize';
import { registers, sweep } from '../sweep';
import { runningUpdate, STATISTICS, type StatisticName, statisticWrites } from './statistics';

/**
 * y of whole groups, in one dispatch: x is read once from memory and y written once. A unit is a group: its
 * lanes keep it in registers between the sweeps (or read it again, from cache, where a lane has a group to
 * itself), so that taking the mean off first costs no traffic. Also writes the statistics that training
 * gives.
 */
export function normalizeKernel(form: Form, statistics: readonly StatisticName[]): Program {
  return programOf('normalize', form, statistics.join(), () => ({
    name: 'normalize: y of whole groups',
    form,
    bindings: [
      ...inputs(form, ['x', 'gamma', 'beta']),
      { name: 'y', access: 'read_write' },
      ...STATISTICS.bindings(statistics),
    ],
    sums: form.centred ? [1, 2] : [2],
    functions: ownMoments(form, null) + STANDARD,
    main: `${registers(form, ['x'])}
${takeMoments(form, null)}
  let s_ = standardOf(moments, u.n);
${writeOut(form)}
  if (lane == 0u && live) {
${statisticWrites(statistics, 's_')}${runningUpdate(form, statistics, null)}
  }`,
  }));
}

/** The last sweep: y = xhat * gamma + beta. */
export function writeOut(form: Form): string {
  return `${parametersOfUnit(form, ['gamma', 'beta'])}
${sweep(form, { reads: ['x'], body: `y[at.x + s.x] = ${stored(form, 'y', `standardize(xi, s_) * ${parameterOfSlot(form, 'gamma')} + ${parameterOfSlot(form, 'beta')}`)};` })}`;
}

/** A slot as x's type stores it. */
export function stored({ types, width }: Form, name: string, value: string): string {
  const type = types[name] ?? 'f32';
  return type === 'f32' ? value : width === 4 ? `vec4<f16>(${value})` : `f16(${value})`;
}

/** Bindings of those tensors that the call has. */
export function inputs(form: Form, names: readonly string[]): Binding[] {
  return names.filter((name) => form.types[name] !== undefined).map((name) => ({ name, access: 'read' }));
}
