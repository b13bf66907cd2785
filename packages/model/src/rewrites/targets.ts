import { NormError, type Op } from '@normlayers/core';

/**
 * Where a mended model runs: `any` reader of ONNX, or ONNX Runtime's `wasm` or `webgpu` provider, which also know operators
 * of ONNX Runtime's own, at any opset.
 */
export type Target = 'any' | 'wasm' | 'webgpu';

export const TARGETS: readonly Target[] = ['any', 'wasm', 'webgpu'];

/** The one operator that a target runs, and the lowest opset that has it; null where it runs the parts better. */
export interface Operator {
  readonly name: string;
  readonly since: number;
}

/**
 * ONNX Runtime registers LayerNormalization and SimplifiedLayerNormalization in ONNX's own domain from opset 1 on: its
 * optimizer writes them, and both providers have kernels. It has no kernel for GroupNormalization, which it takes apart into
 * E[x^2] - E[x]^2, while InstanceNormalization centres.
 */
export function operatorFor(op: Op, target: Target): Operator | null {
  const own = target !== 'any';
  switch (op) {
    case 'layerNorm':
      return { name: 'LayerNormalization', since: own ? 1 : 17 };
    case 'rmsNorm':
      return own
        ? { name: 'SimplifiedLayerNormalization', since: 1 }
        : { name: 'RMSNormalization', since: 23 };
    case 'groupNorm':
      return own ? null : { name: 'GroupNormalization', since: 21 };
    default:
      return null;
  }
}

/**
 * Where a mended TensorFlow.js model runs: `any` TensorFlow.js, or one with the operators of
 * `useNormOperators` of `@normlayers/tfjs`, which graph models' chains become.
 */
export type TfjsTarget = 'any' | 'normlayers';

export const TFJS_TARGETS: readonly TfjsTarget[] = ['any', 'normlayers'];

/** Refuses a target that the format has not. */
export function checkTarget(target: string, targets: readonly string[]): void {
  if (targets.includes(target)) return;
  throw new NormError('unknown-argument', `target is ${target}; expected one of ${targets.join(', ')}.`, {
    argument: 'target',
  });
}
