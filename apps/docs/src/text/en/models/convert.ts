import type { Convention } from '@normlayers/core';
import type { WeightChange } from '@normlayers/core/weights';

const conventions: Record<Convention, string> = {
  pytorch: 'PyTorch',
  keras: 'Keras or TensorFlow.js',
  onnx: 'ONNX',
  flax: 'Flax',
};

/** What a change of core's is about: a name, or one of the conventions. */
export function kindOf({ field, from }: WeightChange): 'name' | 'epsilon' | 'momentum' | 'variance' {
  if (field === 'epsilon' || field === 'momentum') return field;
  return from.startsWith('over n') ? 'variance' : 'name';
}

/** What stays and what must be said, in words; numbers as core gives them. */
function changed(change: WeightChange, framework: string, epsilonThere: number): string {
  const { from, to } = change;
  switch (kindOf(change)) {
    case 'epsilon':
      return `${Number.parseFloat(from)} stays. ${framework}’s own default is ${epsilonThere}: write it down, or every output changes.`;
    case 'momentum':
      return `${from} → ${to}. The two weigh opposite sides with it: the new batch, or the statistics so far.`;
    case 'variance':
      return `${from} → ${to}. ${framework} stores it so. Inference changes by this factor; training goes on as it did.`;
    case 'name':
      return `${from} → ${to}`;
  }
}

export default {
  title: 'Convert Batch Norm weights',
  examples: 'An example of',
  download: 'Download as',
  paste: 'Parameters and statistics as JSON',
  file: 'Open a file',
  fileHint: 'or drop one here: .safetensors, .npz, .json. It stays in your browser.',
  problem: (why: string) => `This cannot be read: ${why}`,
  layer: 'Layer',
  unnamed: '(no name)',
  from: 'From (told by the names)',
  to: 'To',
  elements: 'Values per channel and step',
  elementsHint:
    'Values per channel and step: batch size times positions. Given, the stored variance is changed between n − 1 and n; left empty it is kept, so that inference stays the same.',
  keep: 'keep',
  changes: 'What changes',
  noChanges: 'Nothing: both call and store everything alike.',
  result: (framework: string) => `For ${framework}`,
  sample: 'One sample, before and after',
  agreement: (largest: string) => `The largest difference between the two outputs is ${largest}.`,
  channel: 'channel',
  before: 'y before',
  after: 'y after',
  conventions,
  frameworks: { pytorch: 'PyTorch', keras: 'Keras', tfjs: 'TensorFlow.js', onnx: 'ONNX', flax: 'Flax' },
  change: changed,
};
