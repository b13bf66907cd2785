import type { Form, Program } from '../program/form';
import { programOf } from '../program/program';
import { storedSum } from './statistics';

/** Running statistics from `spreads`, the mean and variance of every group: a lane takes a channel's instances. */
export function runningKernel(form: Form): Program {
  return programOf('running', form, '', () => ({
    name: 'running: running statistics after this batch',
    form,
    bindings: [
      { name: 'spreads', access: 'read' },
      { name: 'runningMean', access: 'read' },
      { name: 'runningVar', access: 'read' },
      { name: 'newMean', access: 'read_write' },
      { name: 'newVar', access: 'read_write' },
    ],
    sums: [],
    main: `  var batchMean = 0.;
  var batchVariance = 0.;
  for (var k = 0u; k < u.instances; k++) {
    batchMean += spreads[k * u.owners + owner];
    batchVariance += spreads[u.groups + k * u.owners + owner];
  }
  if (live) {
    newMean[owner] = ${storedSum(form, 'newMean', 'u.keep * f32(runningMean[owner]) + u.takeMean * (batchMean / f32(u.instances))')};
    newVar[owner] = ${storedSum(form, 'newVar', 'u.keep * f32(runningVar[owner]) + u.takeVariance * (batchVariance / f32(u.instances))')};
  }`,
  }));
}
