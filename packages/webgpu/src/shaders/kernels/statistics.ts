import { unitSum } from '../parameters';
import type { Binding, Form } from '../program/form';

/** What a unit that has a group's moments can write besides y. `spreads` is mean and variance, for `running`. */
export type StatisticName = 'mean' | 'invStd' | 'invRms' | 'spreads' | 'running';

const VALUES = { mean: 'meanOf', invStd: 'slope', invRms: 'slope' } as const;

export const STATISTICS = {
  bindings: (names: readonly StatisticName[]): Binding[] =>
    names.flatMap((name): Binding[] =>
      name === 'running'
        ? [
            { name: 'runningMean', access: 'read' },
            { name: 'runningVar', access: 'read' },
            { name: 'newMean', access: 'read_write' },
            { name: 'newVar', access: 'read_write' },
          ]
        : [{ name, access: 'read_write' }],
    ),
};

/** Writes of the group's own statistics, from the Standard of this name. */
export function statisticWrites(names: readonly StatisticName[], standard: string): string {
  return names
    .map((name) => {
      if (name === 'running') return '';
      if (name === 'spreads') {
        return `    spreads[owner] = meanOf(${standard});\n    spreads[u.owners + owner] = varianceOf(${standard});`;
      }
      const value =
        VALUES[name] === 'meanOf' ? `meanOf(${standard})` : `${standard}.slope * ${standard}.slopeScale`;
      return `    ${name}[owner] = ${value};`;
    })
    .join('\n');
}

/**
 * new = keep * old + take * batch, where the batch's is the mean over the instances that share it.
 *
 * @param join the Standard of another group by its number `other`; null where each group has a running
 *   statistic of its own.
 */
export function runningUpdate(form: Form, names: readonly StatisticName[], join: string | null): string {
  if (!names.includes('running')) return '';
  const sums =
    join === null
      ? '    let batchMean = meanOf(s_);\n    let batchVariance = varianceOf(s_);'
      : `    var batchMean = Sum();
    var batchVariance = Sum();
    for (var k = 0u; k < u.instances; k++) {
      let other = ${join};
      batchMean += meanOf(other);
      batchVariance += varianceOf(other);
    }
    batchMean = batchMean / f32(u.instances);
    batchVariance = batchVariance / f32(u.instances);`;
  const first = join === null ? '' : '  if (owner < u.owners / u.instances) {\n';
  return `
${first}${sums}
    newMean[owner] = ${storedSum(form, 'newMean', `u.keep * ${ofOwner(form, 'runningMean')} + u.takeMean * batchMean`)};
    newVar[owner] = ${storedSum(form, 'newVar', `u.keep * ${ofOwner(form, 'runningVar')} + u.takeVariance * batchVariance`)};
${join === null ? '' : '  }'}`;
}

const ofOwner = ({ width, columns }: Form, name: string) =>
  width === 4 && columns ? `Value(${name}[owner])` : `f32(${name}[owner])`;

/** A Sum as the output's type stores it. */
export function storedSum({ types, width, columns }: Form, name: string, value: string): string {
  if (types[name] !== 'f16') return value;
  return width === 4 && columns ? `vec4<f16>(${value})` : `f16(${value})`;
}

/** gamma and the given variance of a unit, as Sums. */
export const givenSum = (form: Form, name: string) => unitSum(form, name);
