import type { Support } from '@normlayers/core';
import type { DescribedCall, GraphSpec } from '../graphs/call-graph';

/** What ONNX has for a call, and what for lack of a kernel the wasm provider does not run. */
export function nativeSupport({ op, mode, types }: Pick<GraphSpec, 'op' | 'mode' | 'types'>): Support {
  if (mode === 'backward') return { supported: false, reason: 'ONNX has no gradient operators' };
  if (isComposed({ op, mode })) return { supported: true, via: 'composed' };
  if (op === 'instanceNorm' && types.x === 'float64') {
    return { supported: false, reason: 'ONNX Runtime has no float64 kernel for InstanceNormalization' };
  }
  return { supported: true, via: 'native' };
}

/** Whether no one operator gives what a call asks for. */
export function isComposed({ op, mode }: Pick<GraphSpec, 'op' | 'mode'>): boolean {
  return mode === 'training' && (op === 'instanceNorm' || op === 'groupNorm');
}

const HAS_NONE = {
  layerNorm: 'LayerNormalization',
  groupNorm: 'GroupNormalization',
  rmsNorm: 'RMSNormalization',
} as const;

/** What a person gets of ONNX's own operators on the WebGL provider (1.30). */
export function nativeWebglSupport({ op, mode, x }: DescribedCall): Support {
  const none = (reason: string): Support => ({ supported: false, reason });
  if (mode === 'backward') return none('ONNX has no gradient operators');
  if (op !== 'batchNorm' && op !== 'instanceNorm') {
    return none(`ONNX Runtime’s WebGL provider has no ${HAS_NONE[op]}`);
  }
  if (mode === 'training') {
    return none(
      op === 'batchNorm'
        ? 'the WebGL provider’s BatchNormalization has no training mode'
        : 'InstanceNormalization gives no statistics',
    );
  }
  if (op === 'batchNorm' && x.shape.length < 3) {
    return none('the WebGL provider’s BatchNormalization takes three dimensions or more');
  }
  return { supported: true, via: 'native' };
}

/** How many axes x has to have for these operators, at least; InstanceNormalization takes no other number. */
export function nativeWebglRank(op: 'batchNorm' | 'instanceNorm'): 3 | 4 {
  return op === 'batchNorm' ? 3 : 4;
}
