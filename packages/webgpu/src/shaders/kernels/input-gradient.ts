import { MOMENTS, ownMoments, takeMoments } from '../moments';
import { dxhatOfSlot, gammaOfUnit, unitSum } from '../parameters';
import type { Binding, Form, Program } from '../program/form';
import { programOf } from '../program/program';
import { shareFirst } from '../share';
import { GIVEN, joinRecords, STANDARD } from '../standardize';
import { registers, sweep } from '../sweep';
import { inputs, stored } from './normalize';
import { storedSum } from './statistics';

/**
 * What of a group is kept for the parameters' gradients: the gradients themselves, where the group has one
 * parameter and the parameter one group (Batch Norm); the group's part of them (Instance Norm); or, where
 * parameters vary in a group, the four numbers that give xhat.
 */
export type GroupSums = 'gradients' | 'partials' | 'groupRecords';

/**
 * dx of whole groups, in one dispatch: dx = invStd * (dxhat - mean(dxhat) - xhat * mean(dxhat * xhat)), dxhat
 * = dy * gamma (Ba, Kiros and Hinton's Layer Norm, differentiated). x and dy are read once and kept in
 * registers, or read again from cache.
 */
export function inputGradientKernel(form: Form, sums: GroupSums): Program {
  const dxhat = dxhatOfSlot(form);
  return programOf('inputGradient', form, sums, () => ({
    name: 'inputGradient: dx of whole groups',
    form,
    bindings: [
      ...inputs(form, ['x', 'dy', 'gamma']),
      { name: 'dx', access: 'read_write' },
      ...sumBindings(form, sums),
    ],
    sums: [1, 4],
    functions: ownMoments(form, dxhat) + STANDARD,
    main: `${registers(form, ['x', 'dy'])}
${takeMoments(form, dxhat)}
  let s_ = standardOf(moments, u.n);
  let level_ = dots[0];
  let slope_ = (dots[1] - moments.rest * dots[0]) * s_.root;
${writeGradient(form)}
  if (lane == 0u && live) {
${sumWrites(form, sums)}
  }`,
  }));
}

/** dx of blocks of groups, whose moments and sums are joined of the blocks' records. A unit is a block. */
export function inputGradientBlocksKernel(form: Form, sums: GroupSums): Program {
  const again = { ...form, held: 0 };
  return programOf('inputGradientBlocks', form, sums, () => ({
    name: 'inputGradientBlocks: dx of blocks of groups',
    form: again,
    bindings: [
      ...inputs(form, ['x', 'dy', 'gamma']),
      { name: 'records', access: 'read' },
      { name: 'dx', access: 'read_write' },
      ...sumBindings(form, sums),
    ],
    sums: [],
    functions: `${MOMENTS + STANDARD + joinRecords(form, true)}
struct Joined { standard : Standard, level : Sum, slope : Sum }
${shareFirst(form, 'Joined')}`,
    main: `  var own : Joined;
  if (lane == 0u) {
    own.standard = standardOf(joinBlocks(owner), u.n);
    let dots = joinDots(owner, own.standard);
    own.level = dots[0];
    own.slope = dots[1];
  }
  let joined = shared_(own, lane, unit);
  let s_ = joined.standard;
  let level_ = joined.level;
  let slope_ = joined.slope;
${writeGradient(again)}
  if (lane == 0u && live && block == 0u) {
${sumWrites(form, sums)}
  }`,
  }));
}

/**
 * dx = dy * gamma * invStd where the statistics are given, and the block's part of the sums of dy * xhat and
 * of dy. A unit is a block of a channel; dx needs no sum, so one sweep does both.
 */
export function givenGradientKernel(form: Form): Program {
  const again = { ...form, held: 0 };
  return programOf('givenGradient', form, '', () => ({
    name: 'givenGradient: dx and partial sums through given statistics',
    form: again,
    bindings: [
      ...inputs(form, ['x', 'dy', 'gamma', 'givenMean', 'givenVariance']),
      { name: 'dx', access: 'read_write' },
      { name: 'partials', access: 'read_write' },
    ],
    sums: [2],
    functions: MOMENTS + STANDARD + GIVEN,
    main: `  let s_ = standardOfGiven(${unitSum(form, 'givenMean')}, ${unitSum(form, 'givenVariance')});
  let factor = s_.root * ${gammaOfUnit(form)};
${sweep(again, {
  reads: ['x', 'dy'],
  sums: ['along', 'level'],
  body: `dx[at.x + s.x] = ${stored(form, 'dx', 'dyi * factor')}; along += dyi * standardize(xi, s_); level += dyi;`,
})}
  let sums = together2(Sums2(total(along), total(level)), lane, unit);
  if (lane == 0u && live) {
    partials[block * u.owners + owner] = sums[0];
    partials[(u.blocks + block) * u.owners + owner] = sums[1];
  }`,
  }));
}

/** The last sweep. Expects `s_`, and the group's sums of dxhat, `level_`, and of dxhat * xhat, `slope_`. */
function writeGradient(form: Form): string {
  const level = form.centred ? ' - meanLevel' : '';
  const value = `((${dxhatOfSlot(form)}${level} - standardize(xi, s_) * meanSlope) * slopeOfUnit) * s_.slopeScale`;
  return `  let meanLevel = level_ / u.n;
  let meanSlope = slope_ / u.n;
  let slopeOfUnit = s_.slope * ${gammaOfUnit(form)};
${sweep(form, { reads: ['x', 'dy'], body: `dx[at.x + s.x] = ${stored(form, 'dx', value)};` })}`;
}

function sumBindings({ centred }: Form, sums: GroupSums): Binding[] {
  const names = sums === 'gradients' ? (centred ? ['dgamma', 'dbeta'] : ['dgamma']) : [sums];
  return names.map((name) => ({ name, access: 'read_write' }));
}

function sumWrites(form: Form, sums: GroupSums): string {
  switch (sums) {
    case 'gradients':
      return `    dgamma[owner] = ${storedSum(form, 'dgamma', 'slope_')};${form.centred ? `\n    dbeta[owner] = ${storedSum(form, 'dbeta', 'level_')};` : ''}`;
    case 'partials':
      return '    partials[owner] = slope_;\n    partials[u.owners + owner] = level_;';
    case 'groupRecords':
      return form.width === 4 && form.columns
        ? `    let fields = transpose(mat4x4<f32>(s_.mean, s_.rest, s_.scale, s_.root));
    for (var k = 0u; k < 4u; k++) { groupRecords[4u * owner + k] = fields[k]; }`
        : '    groupRecords[owner] = vec4<f32>(s_.mean, s_.rest, s_.scale, s_.root);';
  }
}
