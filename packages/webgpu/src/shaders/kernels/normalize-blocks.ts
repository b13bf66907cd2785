import { MOMENTS } from '../moments';
import { unitSum } from '../parameters';
import type { Form, Program } from '../program/form';
import { programOf } from '../program/program';
import { shareFirst } from '../share';
import { GIVEN, joinRecords, STANDARD } from '../standardize';
import { inputs, writeOut } from './normalize';
import { runningUpdate, STATISTICS, type StatisticName, statisticWrites } from './statistics';

/**
 * y of blocks of groups, whose statistics are joined of the blocks' records. A unit is a block: it reads x
 * and writes y. The first block's unit also writes the group's statistics.
 */
export function normalizeBlocksKernel(form: Form, statistics: readonly StatisticName[]): Program {
  return programOf('normalizeBlocks', form, statistics.join(), () => ({
    name: 'normalizeBlocks: y of blocks of groups',
    form: { ...form, held: 0 },
    bindings: [
      ...inputs(form, ['x', 'gamma', 'beta']),
      { name: 'records', access: 'read' },
      { name: 'y', access: 'read_write' },
      ...STATISTICS.bindings(statistics),
    ],
    sums: [],
    functions: MOMENTS + STANDARD + joinRecords(form, false) + shareFirst(form, 'Standard'),
    main: `  var own : Standard;
  if (lane == 0u) { own = standardOf(joinBlocks(owner), u.n); }
  let s_ = shared_(own, lane, unit);
${writeOut({ ...form, held: 0 })}
  if (lane == 0u && live && block == 0u) {
${statisticWrites(statistics, 's_')}${runningUpdate(form, statistics, 'standardOf(joinBlocks(owner + k * (u.owners / u.instances)), u.n)')}
  }`,
  }));
}

/** y from given statistics. A unit is a block of a channel: it reads x and writes y. */
export function normalizeGivenKernel(form: Form): Program {
  return programOf('normalizeGiven', form, '', () => ({
    name: 'normalizeGiven: y from given statistics',
    form: { ...form, held: 0 },
    bindings: [
      ...inputs(form, ['x', 'gamma', 'beta', 'givenMean', 'givenVariance']),
      { name: 'y', access: 'read_write' },
    ],
    sums: [],
    functions: MOMENTS + STANDARD + GIVEN,
    main: `  let s_ = standardOfGiven(${unitSum(form, 'givenMean')}, ${unitSum(form, 'givenVariance')});
${writeOut({ ...form, held: 0 })}`,
  }));
}
