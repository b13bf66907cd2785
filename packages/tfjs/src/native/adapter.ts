import {
  type CallOf,
  type CallPlan,
  defineAdapter,
  type NormAdapter,
  type NormCall,
  type NormResult,
  type Op,
  type Support,
  viewOf,
} from '@normlayers/core';
import { canTranspose, groupedViewOf } from '../chain/grouped-view';
import { disposeAll, type TensorFlow, type TfTensor, tidied } from '../framework';
import { type TfjsOptions, tfjsBackend } from '../tfjs-backend';
import { channelAxisOf, nativeBatchNormBackward, nativeFixedForward, nativeTraining } from './batch-norm';
import { nativeComposition, nativeCompositionBackward } from './composition';
import { nativeLayerNorm, nativeLayerNormBackward } from './layer-norm';

/**
 * What a person gets from TensorFlow.js without us, behind the adapter contract, named `native:tfjs/<backend>`: Batch
 * and Layer Norm as `tf.layers` compute them, the other three composed of tf.moments and arithmetic; backward by
 * `tf.grads`. Nothing is put right: its wrong answers are findings, and what it throws at is declared as unsupported.
 *
 * Backward needs the gradients of TensorFlow.js's operations, which `@tensorflow/tfjs` registers and tfjs-core alone
 * does not.
 */
export function nativeTfjsAdapter(options: TfjsOptions): NormAdapter {
  return defineAdapter(
    tfjsBackend(options, 'native:tfjs/', (call) => nativeSupport(options, call), evaluateNative),
  );
}

/** From so many repetitions on the gradient of tf.tile, one slice and one addition for each, does not end on a GPU. */
const TOO_MANY_TILES = 16_384;

function nativeSupport({ tf, backend = tf.getBackend() }: TfjsOptions, call: NormCall): Support {
  if (call.mode === 'backward' && tf.getGradient('FusedBatchNorm') === undefined) {
    return no("tfjs-core alone has no gradients of its operations; give the tf of '@tensorflow/tfjs'");
  }
  switch (call.op) {
    case 'batchNorm':
      return batchNormSupport(call);
    case 'layerNorm': {
      const tiles = viewOf(call).parameters.count;
      if (call.mode === 'backward' && backend.startsWith('webg') && tiles >= TOO_MANY_TILES) {
        return no(`the gradient of tf.tile adds ${tiles} slices one by one, which does not end on a GPU`);
      }
      return ranked(call) ?? { supported: true, via: 'native' };
    }
    default:
      if (call.op === 'instanceNorm' && call.mode === 'training' && call.runningMean !== undefined) {
        return no('TensorFlow.js has no Instance Norm, and so no running statistics of it');
      }
      if (!canTranspose(groupedViewOf(viewOf(call), call.x.shape))) {
        return no('TensorFlow.js transposes tensors of rank 6 at most');
      }
      return { supported: true, via: 'composed' };
  }
}

function batchNormSupport(call: CallOf<'batchNorm'>): Support {
  const refused = ranked(call);
  if (refused) return refused;
  const fixed = 'mean' in call && call.mean !== undefined;
  const missing = call.gamma === undefined ? 'gamma' : call.mode === 'training' && !call.beta ? 'beta' : null;
  if (!fixed && missing) {
    return no(`tf.layers.batchNormalization throws in training without ${missing}`, issue(2868));
  }
  if (call.mode === 'backward' && channelAxisOf(call) !== call.x.shape.length - 1) {
    return no('the gradient of tf.batchNorm throws where the channels are not the last axis', issue(1773));
  }
  if (call.mode === 'training' && call.convention === 'pytorch') {
    return no("tf.layers keep running statistics by Keras's rule, over n");
  }
  return { supported: true, via: 'native' };
}

function ranked({ x }: NormCall): Support | null {
  const rank = x.shape.length;
  if (rank >= 2 && rank <= 4) return null;
  return no(`tf.layers' batchNormalization is not implemented for rank ${rank}`);
}

function no(reason: string, where?: string): Support {
  return { supported: false, reason, ...(where === undefined ? {} : { issue: where }) };
}

function issue(number: number): string {
  return `https://github.com/tensorflow/tfjs/issues/${number}`;
}

function evaluateNative(tf: TensorFlow, call: NormCall<TfTensor>, plan: CallPlan): NormResult<TfTensor> {
  const results = tidied(tf, () => dispatch(tf, call, plan));
  if (call.mode !== 'inference') return results;
  const { y, ...statistics } = results;
  disposeAll(tf, statistics);
  return { y: y as TfTensor };
}

function dispatch(tf: TensorFlow, call: NormCall<TfTensor>, plan: CallPlan): NormResult<TfTensor> {
  if (isOp(call, 'batchNorm')) {
    if (call.mode === 'backward') return nativeBatchNormBackward(tf, call, plan);
    return call.mode === 'training' ? nativeTraining(tf, call, plan) : nativeFixedForward(tf, call, plan);
  }
  if (isOp(call, 'layerNorm')) {
    return call.mode === 'backward'
      ? nativeLayerNormBackward(tf, call, plan)
      : nativeLayerNorm(tf, call, plan);
  }
  return call.mode === 'backward'
    ? nativeCompositionBackward(tf, call as never, plan)
    : nativeComposition(tf, call as never, plan);
}

function isOp<O extends Op>(call: NormCall<TfTensor>, op: O): call is CallOf<O, NormCall['mode'], TfTensor> {
  return call.op === op;
}
