import {
  type CallPlan,
  type NormCall,
  NormError,
  planCall,
  type TensorDescription,
} from '@normlayers/core/adapter';
import type { TensorFlow, TfTensor } from '../framework';
import { fusedKernels } from '../fused/load';
import { checkComputable } from '../support';

/**
 * The plan of a call that we take over from TensorFlow.js; null for a call that this package refuses, such as
 * one on int32 tensors or with a momentum of 2. TensorFlow.js then computes that call, or refuses it in its
 * own words.
 */
export function planOfTakenOver(call: NormCall<TfTensor>): CallPlan | null {
  try {
    const plan = planCall(call as NormCall<TensorDescription>, 'device');
    checkComputable(call, plan);
    return plan;
  } catch (error) {
    if (error instanceof NormError) return null;
    throw error;
  }
}

/** What of TensorFlow.js's can be taken over. */
export type Replaceable =
  /** tf.batchNorm, and tf.layers.batchNormalization in inference, with the channels last. */
  | 'batchNorm'
  /** tf.layers.batchNormalization in inference, with the channels on another axis. */
  | 'batchNormChannelsFirst'
  /** tf.layers.batchNormalization in training. */
  | 'batchNormTraining'
  | 'layerNorm';

/**
 * `faster`: we are, with our programs on the backend; without them TensorFlow.js's own is kept. `right`: we
 * are, and TensorFlow.js is wrong without a word, so that we compute in any case. `slower`: we are, and its
 * own is kept.
 */
type Verdict = 'faster' | 'right' | 'slower';

/**
 * A call of our kernels on wasm costs 0.2 ms whatever its size. tf.batchNorm on elements, off -> on: 15,680: 0.12 -> 0.38 ms,
 * 25,088: 0.16 -> 0.26, 75,264: 0.37 -> 0.14, 451,584: 2.0 -> 0.26 (processor time, medians of 25 rounds in Node).
 */
const SMALLEST_ON_WASM = 1 << 15;

/**
 * From medians of interleaved rounds, fast normalization on against off (`test/browser/fast-times.ts`; cpu and wasm by
 * `npm run measure-fast-normalization`, GPUs in Chromium on software): the README has the figures.
 */
const TAKEN_OVER: Readonly<Record<string, Readonly<Record<Replaceable, Verdict>>>> = {
  cpu: {
    batchNorm: 'slower',
    batchNormChannelsFirst: 'right',
    batchNormTraining: 'faster',
    layerNorm: 'faster',
  },
  wasm: {
    batchNorm: 'faster',
    batchNormChannelsFirst: 'right',
    batchNormTraining: 'faster',
    layerNorm: 'faster',
  },
  webgl: {
    batchNorm: 'slower',
    batchNormChannelsFirst: 'slower',
    batchNormTraining: 'slower',
    layerNorm: 'slower',
  },
  webgpu: {
    batchNorm: 'faster',
    batchNormChannelsFirst: 'slower',
    batchNormTraining: 'faster',
    layerNorm: 'faster',
  },
};

/** Whether we compute something in TensorFlow.js's place on the backend chosen now; x has `size` elements. */
export type TakesOver = (tf: TensorFlow, what: Replaceable, size: number) => boolean;

/** By the table. */
export const takesOver: TakesOver = (tf, what, size) => {
  if (what === 'batchNorm' && tf.getBackend() === 'wasm' && size < SMALLEST_ON_WASM) return false;
  const verdict = TAKEN_OVER[tf.getBackend()]?.[what] ?? 'slower';
  return verdict === 'right' || (verdict === 'faster' && fusedKernels(tf) !== null);
};
