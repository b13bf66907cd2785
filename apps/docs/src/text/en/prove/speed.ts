import { stageText } from '@normlayers/benchmark';
import type { Grade } from '@normlayers/conformance';
import type { SpeedStage } from '../../../speed/speed.worker';
import type { Reason } from '../../reason';

export default {
  title: 'Speed',
  recordedNote:
    'Recorded: how many times as long as a copy of the same bytes each takes, the fastest first. A bar grows tenfold for each third of its track; the frameworks’ own operators are hatched.',
  recorded: {
    node: 'Recorded in Node, on the CPU',
    chromium: 'Recorded in Chromium, on a software GPU',
  } as Record<'node' | 'chromium', string>,
  operation: 'Operation',
  mode: 'Mode',
  type: 'Type',
  size: 'Size, e.g. 1024x768',
  residency: 'Data',
  residencies: { device: 'already on the device: compute', host: 'in arrays: the round trip' } as Record<
    'device' | 'host',
    string
  >,
  presets: 'Sizes to choose from',
  noShape: 'Two or more whole numbers are needed, such as 1024x768.',
  sweep: 'many sizes: sweep the first dimension',
  sweepTitle: 'GB/s by size',
  thisMachine: 'This machine',
  passes: (count: number) => `${count} GPU ${count === 1 ? 'pass' : 'passes'} a call`,
  stage: (stage: SpeedStage) => (stage.code === 'opening' ? `opening ${stage.adapter}` : stageText(stage)),
  reason: ({ reason }: Reason) => reason,
  run: 'Run',
  cancel: 'Cancel',
  json: 'Download JSON',
  compare: 'Compare with a report',
  badFile: (why: string) => `This file cannot be read: ${why}`,
  phases: { idle: 'Nothing has been timed yet.', running: 'Timing', done: 'Done', cancelled: 'Stopped' },
  hidden: 'The tab was hidden during the run: browsers slow hidden tabs down, so run it again.',
  coarse: (step: string) => `This browser’s clock moves in steps of ${step} ms: short times are rough.`,
  grades: {
    accurate: 'accurate',
    ordinary: 'ordinary',
    imprecise: 'imprecise, not ranked',
    wrong: 'wrong answer, not ranked',
  } as Record<Grade, string>,
  digits: (digits: string) => `${digits} digits`,
  timesMemcpy: (times: string) => `${times} × memcpy`,
  here: (times: string) => `here ${times} ×`,
  elements: 'elements of x',
  sweepLabel: 'Bytes per second by size, on logarithmic axes; the line of memcpy is the speed of memory',
  otherTitle: (name: string) => `From ${name}`,
};
