import {
  ADDITIONS,
  argumentUnsupported,
  type CallPlan,
  checkVariances,
  type NormCall,
  NormError,
  tensorsOf,
  type Unsupported,
  widened,
} from '@normlayers/core/adapter';
import { canTranspose, groupedViewOf, HIGHEST_RANK } from './chain/grouped-view';
import type { TensorFlow, TfTensor } from './framework';

/** Why TensorFlow.js cannot compute a call of this view, whatever the backend; null where it can. */
export function viewUnsupported(
  { view }: Pick<CallPlan, 'view'>,
  shape: readonly number[],
): Unsupported | null {
  if (canTranspose(groupedViewOf(view, shape))) return null;
  const rank = shape.length;
  return {
    supported: false,
    reason: `TensorFlow.js does not transpose a tensor of rank ${rank} over axes this far apart`,
    code: 'transpose',
    values: { rank, highest: HIGHEST_RANK },
  };
}

/**
 * Refuses a call on tensors, checked and planned, that cannot be computed: its tensors are not
 * TensorFlow.js's or have been disposed, or TensorFlow.js cannot do it.
 */
export function checkComputable(call: NormCall<TfTensor>, plan: CallPlan): void {
  for (const [argument, tensor] of Object.entries(tensorsOf(call))) {
    if (tensor.dataId === undefined) {
      throw new NormError(
        'missing-argument',
        `${argument} is not a tensor of TensorFlow.js; tf.tensor(data, shape) makes one.`,
        { argument },
      );
    }
    if (tensor.isDisposed) {
      throw new NormError('disposed', `${argument} has been disposed; give a tensor that is still held.`, {
        argument,
      });
    }
  }
  const unsupported = argumentUnsupported(call, ADDITIONS) ?? viewUnsupported(plan, call.x.shape);
  if (unsupported !== null) {
    throw new NormError('unsupported', `${call.op} ${call.mode}: ${unsupported.reason}.`, {
      argument: (unsupported.values?.argument as string | undefined) ?? 'x',
      ...(unsupported.values === undefined ? {} : { values: unsupported.values }),
    });
  }
}

/** Backends whose tensors lie in memory: to look at a number makes nothing wait. */
const IN_MEMORY = ['cpu', 'wasm'];

/** Refuses a given variance without a root, where the backend chosen now lets its numbers be seen. */
export function checkVarianceInMemory(
  tf: TensorFlow,
  call: NormCall<TfTensor>,
  { statistics, epsilon }: CallPlan,
): void {
  const { variance } = tensorsOf(call);
  if (statistics !== 'given' || variance === undefined || !IN_MEMORY.includes(tf.getBackend())) return;
  checkVariances(widened(variance.dataSync() as Float32Array), epsilon);
}
