import type { LayerVariable } from '../layer-calls';
import type { Layer, TensorFlowLayers } from './layer-class';

/** What a layer with gamma and beta takes, as in Keras. */
export interface AffineArguments {
  /** Whether there is beta. Default: true. */
  readonly center?: boolean;
  /** Whether there is gamma. Default: true. */
  readonly scale?: boolean;
  /** Default: `zeros`. */
  readonly betaInitializer?: string | object;
  /** Default: `ones`. */
  readonly gammaInitializer?: string | object;
  /** Default: none. */
  readonly betaRegularizer?: string | object | null;
  /** Default: none. */
  readonly gammaRegularizer?: string | object | null;
  /** Default: none. */
  readonly betaConstraint?: string | object | null;
  /** Default: none. */
  readonly gammaConstraint?: string | object | null;
}

const NAMES = [
  'center',
  'scale',
  'betaInitializer',
  'gammaInitializer',
  'betaRegularizer',
  'gammaRegularizer',
  'betaConstraint',
  'gammaConstraint',
] as const;

/** How gamma and beta begin, and what holds them. */
export interface ParameterRules {
  /** @param name of the weight; default: its role. */
  add(layer: Layer, role: 'gamma' | 'beta', shape: readonly number[], name?: string): LayerVariable | null;
  /** As it stands in a saved model. */
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * Reads initializers, regularizers and constraints, given as objects, names or configurations. TensorFlow.js exports no
 * function that does; its Batch Norm's constructor does it.
 */
export function parameterRules(tf: TensorFlowLayers, args: object): ParameterRules {
  const given = args as Readonly<Record<string, unknown>>;
  const own = tf.layers.batchNormalization({ ...picked(given), name: 'rules' }) as Layer &
    Record<(typeof NAMES)[number], unknown>;
  return {
    add(layer, role, shape, name = role) {
      if (!own[role === 'gamma' ? 'scale' : 'center']) return null;
      return layer.addWeight(
        name,
        [...shape],
        'float32',
        own[`${role}Initializer`] as object,
        own[`${role}Regularizer`] as object | null,
        true,
        own[`${role}Constraint`] as object | null,
      );
    },
    config: picked(own.getConfig()),
  };
}

function picked(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(NAMES.filter((name) => name in values).map((name) => [name, values[name]]));
}
