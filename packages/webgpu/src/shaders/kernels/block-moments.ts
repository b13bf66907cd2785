import { ownMoments, takeMoments } from '../moments';
import { dxhatOfSlot } from '../parameters';
import type { Form, Program } from '../program/form';
import { programOf } from '../program/program';
import { registers } from '../sweep';
import { inputs } from './normalize';

/**
 * The moments of every block of groups too long for one unit; with `dots` also the sums of dxhat and of dxhat
 * * (x - the block's mean), which backward needs. Reads x (and dy) once; writes 4 (or 6) numbers a block, for
 * the kernels that join.
 */
export function blockMomentsKernel(form: Form, dots: boolean): Program {
  const dxhat = dots ? dxhatOfSlot(form) : null;
  return programOf('blockMoments', form, String(dots), () => ({
    name: 'blockMoments: moments of blocks of groups',
    form,
    bindings: [
      ...inputs(form, dots ? ['x', 'dy', ...(dxhat === 'dyi' ? [] : ['gamma'])] : ['x']),
      { name: 'records', access: 'read_write' },
    ],
    sums: [1, dots ? 4 : 2],
    functions: ownMoments(form, dxhat),
    main: `${registers(form, dots ? ['x', 'dy'] : ['x'])}
${takeMoments(form, dxhat)}
  if (lane == 0u && live) {
    let first = block * u.owners + owner;
    let field = u.blocks * u.owners;
    records[first] = moments.mean;
    records[first + field] = moments.rest;
    records[first + 2u * field] = moments.squares;
    records[first + 3u * field] = moments.scale;
${dots ? '    records[first + 4u * field] = dots[0];\n    records[first + 5u * field] = dots[1];' : ''}
  }`,
  }));
}
