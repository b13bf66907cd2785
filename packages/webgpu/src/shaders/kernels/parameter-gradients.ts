import type { Binding, Form, Program } from '../program/form';
import { programOf } from '../program/program';
import { sweep } from '../sweep';
import { inputs } from './normalize';
import { storedSum } from './statistics';

/**
 * dgamma = sum(dy * xhat) and dbeta = sum(dy) where parameters vary in a group. A unit is a parameter, or a
 * block of the elements that share it; xhat comes of the groups' records. In memory's order: for Layer Norm
 * neighbouring lanes take neighbouring parameters of a row, and go down the rows. Reads x and dy once.
 *
 * @param split whether sums of blocks are left for `joinGradientsKernel`.
 */
export function parameterSumsKernel(form: Form): Program {
  const { centred, split, record } = form;
  const group = (k: number) => `groupRecords[at.record + s.record + ${k}u * u.recordStep]`;
  // One read where a slot's numbers are of one group, else four.
  const read =
    record.mode === 'same'
      ? `let r = ${group(0)};`
      : `let r = transpose(mat4x4<f32>(${[0, 1, 2, 3].map(group).join(', ')}));`;
  return programOf('parameterSums', form, '', () => ({
    name: 'parameterSums: sums of dy * xhat and of dy',
    form,
    bindings: [
      ...inputs(form, ['x', 'dy']),
      { name: 'groupRecords', access: 'read' },
      ...(split ? [{ name: 'partials', access: 'read_write' } as const] : gradientBindings(form)),
    ],
    sums: [2],
    main: `${sweep(form, {
      reads: ['x', 'dy'],
      sums: ['along', 'level'],
      body: `${read} let xhat = (exactly(xi * r[2] - r[0]) - r[1]) * r[3]; along += dyi * xhat; level += dyi;`,
    })}
  let sums = together2(Sums2(total(along), total(level)), lane, unit);
  if (lane == 0u && live) {
${
  split
    ? `    partials[block * u.parameters + at.parameter] = sums[0];
    partials[(u.blocks + block) * u.parameters + at.parameter] = sums[1];`
    : `    dgamma[at.parameter] = ${storedSum(form, 'dgamma', 'sums[0]')};${centred ? `\n    dbeta[at.parameter] = ${storedSum(form, 'dbeta', 'sums[1]')};` : ''}`
}
  }`,
  }));
}

/**
 * The parameters' gradients of the blocks' partial sums, a lane a parameter; with given statistics also dmean
 * = -dbeta * gamma * invStd and dvariance = -dgamma * gamma * invStd^2 / 2.
 */
export function joinGradientsKernel(form: Form, given: boolean): Program {
  const { centred, types } = form;
  const gamma = types.gamma === undefined ? '1.' : 'f32(gamma[owner])';
  return programOf('joinGradients', form, String(given), () => ({
    name: 'joinGradients: gradients of parameters from partial sums',
    form,
    bindings: [
      ...(given ? inputs(form, ['gamma', 'givenVariance']) : []),
      { name: 'partials', access: 'read' },
      ...gradientBindings(form),
      ...(given
        ? [
            { name: 'dmean', access: 'read_write' } as const,
            { name: 'dvariance', access: 'read_write' } as const,
          ]
        : []),
    ],
    sums: [],
    main: `  var along = 0.;
  var level = 0.;
  for (var k = 0u; k < u.blocks; k++) {
    along += partials[k * u.owners + owner];
    level += partials[(u.blocks + k) * u.owners + owner];
  }
  if (live) {
    dgamma[owner] = ${storedSum(form, 'dgamma', 'along')};
${centred ? `    dbeta[owner] = ${storedSum(form, 'dbeta', 'level')};` : ''}
${
  given
    ? `    let root = inverseRoot(f32(givenVariance[owner]) + u.epsilon);
    let slope = ${gamma} * root;
    dmean[owner] = ${storedSum(form, 'dmean', '-level * slope')};
    dvariance[owner] = ${storedSum(form, 'dvariance', '-0.5 * along * slope * root')};`
    : ''
}
  }`,
  }));
}

function gradientBindings({ centred }: Form): Binding[] {
  return (centred ? ['dgamma', 'dbeta'] : ['dgamma']).map((name) => ({ name, access: 'read_write' }));
}
