import type { Convention, Op } from '../call/call';

/** What a parameter is, whatever it is called. */
export const PARAMETER_ROLES = ['gamma', 'beta', 'mean', 'variance'] as const;
export type ParameterRole = (typeof PARAMETER_ROLES)[number];

export type ParameterNames = Readonly<Record<ParameterRole, string>>;

/**
 * The names that each framework gives to Batch Norm's parameters and statistics. tfjs has Keras's.
 *
 * Sources: torch.nn.BatchNorm2d's state_dict; keras.layers.BatchNormalization; ONNX operator BatchNormalization (opset 14
 * and later); flax.linen.BatchNorm.
 */
export const PARAMETER_NAMES: Readonly<Record<Convention, ParameterNames>> = {
  pytorch: { gamma: 'weight', beta: 'bias', mean: 'running_mean', variance: 'running_var' },
  keras: { gamma: 'gamma', beta: 'beta', mean: 'moving_mean', variance: 'moving_variance' },
  onnx: { gamma: 'scale', beta: 'B', mean: 'input_mean', variance: 'input_var' },
  flax: { gamma: 'scale', beta: 'bias', mean: 'mean', variance: 'var' },
};

/**
 * Where an operation's layer has other names than its framework's Batch Norm.
 *
 * Sources: keras.layers.RMSNormalization; ONNX operators LayerNormalization and GroupNormalization.
 */
const OTHER_NAMES: Readonly<Partial<Record<Convention, Partial<Record<Op, Partial<ParameterNames>>>>>> = {
  keras: { rmsNorm: { gamma: 'scale' } },
  onnx: { layerNorm: { gamma: 'Scale' }, groupNorm: { beta: 'bias' } },
};

/**
 * The names that a framework gives to the parameters and statistics of an operation's layer.
 *
 * @example
 * ```ts
 * import { parameterNames } from '@normlayers/core/weights';
 *
 * assert.equal(parameterNames('keras', 'layerNorm').gamma, 'gamma');
 * assert.equal(parameterNames('keras', 'rmsNorm').gamma, 'scale');
 * ```
 */
export function parameterNames(convention: Convention, op: Op = 'batchNorm'): ParameterNames {
  return { ...PARAMETER_NAMES[convention], ...OTHER_NAMES[convention]?.[op] };
}
