import {
  type CallOf,
  type CallPlan,
  defineAdapter,
  groupingOf,
  type NormAdapter,
  type NormCall,
  type NormResult,
  type Op,
  type Support,
  type Unsupported,
  viewOf,
} from '@normlayers/core/adapter';
import { disposeAll, type TensorFlow, type TfTensor, tidied } from '../framework';
import { checkOptions, type TfjsOptions } from '../options';
import { viewUnsupported } from '../support';
import { tfjsBackend } from '../tfjs-backend';
import { nativeBatchNormBackward, nativeFixedForward, nativeTraining } from './batch-norm';
import { nativeComposition, nativeCompositionBackward } from './composition';
import { nativeLayerNorm, nativeLayerNormBackward } from './layer-norm';

/**
 * What a person gets from TensorFlow.js without us, behind the adapter contract, named
 * `native:tfjs/<backend>`: Batch and Layer Norm as `tf.layers` compute them, the other three composed of
 * tf.moments and arithmetic; backward by `tf.grads`. Nothing is put right: its wrong answers are findings,
 * and what it throws at is declared as unsupported.
 *
 * Backward needs the gradients of TensorFlow.js's operations, which `@tensorflow/tfjs` registers and
 * tfjs-core alone does not.
 */
export function nativeTfjsAdapter(options: TfjsOptions): NormAdapter {
  checkOptions('nativeTfjsAdapter', options, ['tf', 'backend']);
  return defineAdapter(
    tfjsBackend(options, {
      kind: 'native',
      supports: (call) => nativeSupport(options, call),
      evaluate: evaluateNative,
    }),
  );
}

/**
 * From so many repetitions on the gradient of tf.tile, one slice and one addition for each, takes minutes on wasm, where a
 * page that is silent for so long counts as hung, and does not end on a GPU.
 */
const TOO_MANY_TILES = 16_384;

function nativeSupport({ tf, backend = tf.getBackend() }: TfjsOptions, call: NormCall): Support {
  if (call.mode === 'backward' && tf.getGradient('FusedBatchNorm') === undefined) {
    const reason = "tfjs-core alone has no gradients of its operations; give the tf of '@tensorflow/tfjs'";
    return { supported: false, reason, code: 'no-gradients' };
  }
  switch (call.op) {
    case 'batchNorm':
      return batchNormSupport(call);
    case 'layerNorm':
      return layerNormSupport(call, backend);
    default:
      if (call.op === 'instanceNorm' && call.mode === 'training' && call.runningMean !== undefined) {
        const reason = 'TensorFlow.js has no Instance Norm, and so no running statistics of it';
        return { supported: false, reason, code: 'no-running-statistics' };
      }
      return viewUnsupported({ view: viewOf(call) }, call.x.shape) ?? { supported: true, via: 'composed' };
  }
}

function layerNormSupport(call: CallOf<'layerNorm'>, backend: string): Support {
  const tiles = viewOf(call).parameters.count;
  if (call.mode === 'backward' && backend !== 'cpu' && tiles >= TOO_MANY_TILES) {
    const reason = `the gradient of tf.tile adds ${tiles} slices one by one, which does not end on ${backend}`;
    return { supported: false, reason, code: 'tiles', values: { tiles } };
  }
  const { axes } = groupingOf(call);
  if (call.mode === 'backward' && axes.length === call.x.shape.length && !isAscending(axes)) {
    const reason =
      'the gradient of tf.layers.layerNormalization throws where all axes are given out of order';
    return { supported: false, reason, code: 'axes-out-of-order' };
  }
  return rankUnsupported(call) ?? { supported: true, via: 'native' };
}

function isAscending(axes: readonly number[]): boolean {
  return axes.every((axis, i) => i === 0 || axis > (axes[i - 1] as number));
}

function batchNormSupport(call: CallOf<'batchNorm'>): Support {
  const unsupported = rankUnsupported(call);
  if (unsupported) return unsupported;
  const fixed = 'mean' in call && call.mean !== undefined;
  const missing = call.gamma === undefined ? 'gamma' : call.mode === 'training' && !call.beta ? 'beta' : null;
  if (!fixed && missing) {
    const reason = `tf.layers.batchNormalization throws in training without ${missing}`;
    return { supported: false, reason, code: 'missing-parameter', values: { missing }, issue: issue(2868) };
  }
  if (call.mode === 'backward' && groupingOf(call).channelAxis !== call.x.shape.length - 1) {
    const reason = 'the gradient of tf.batchNorm throws where the channels are not the last axis';
    return { supported: false, reason, code: 'channels-not-last', issue: issue(1773) };
  }
  if (call.mode === 'training' && call.convention === 'pytorch') {
    const reason = "tf.layers keep running statistics by Keras's rule, over n";
    return { supported: false, reason, code: 'convention' };
  }
  return { supported: true, via: 'native' };
}

function rankUnsupported({ x }: NormCall): Unsupported | null {
  const rank = x.shape.length;
  if (rank >= 2 && rank <= 4) return null;
  const reason = `tf.layers' batchNormalization is not implemented for rank ${rank}`;
  return { supported: false, reason, code: 'rank', values: { rank } };
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
