import type { Convention } from '../call/call';
import { NormError } from '../errors';
import type { Tensor } from '../tensor/tensor';
import { PARAMETER_NAMES } from './parameter-names';

/** The weights of one layer as they were found, under their own framework's names. */
export interface FoundLayer {
  /** What stands before the parameter names, as in `layer1.0.bn1`; empty where nothing does. */
  readonly name: string;
  readonly convention: Convention;
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** PyTorch's num_batches_tracked, where it is among the tensors. */
  readonly numBatchesTracked?: number;
}

/** PyTorch's counter of training steps, which stands among the tensors of a state_dict. */
const COUNTER = 'num_batches_tracked';

/** Flax's two collections, in which a layer's parameters and its statistics lie apart. */
const COLLECTION = /^(params|batch_stats)[./]/;

/** TensorFlow's number of a variable's output, as in `gamma:0`. */
const OUTPUT_NUMBER = /:\d+$/;

/**
 * Sorts the tensors of a checkpoint into Batch Norms by what stands before the last dot or slash of their names, and tells
 * each one's framework by the names. Other layers among them are passed over.
 *
 * @param tensors by name: `layer1.0.bn1.weight`, `batch_normalization/gamma:0`, `params/bn/scale`.
 * @throws NormError `missing-argument` where there is no layer with a mean and a variance.
 *
 * @example
 * ```ts
 * import { tensor } from '@normlayers/core';
 * import { layersOf } from '@normlayers/core/weights';
 *
 * const state = { 'bn.running_mean': tensor([0]), 'bn.running_var': tensor([1]), 'conv.weight': tensor([3], [1, 1]) };
 * const [{ name, convention }] = layersOf(state);
 * assert.deepEqual([name, convention], ['bn', 'pytorch']);
 * ```
 */
export function layersOf(
  tensors: ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>,
): FoundLayer[] {
  const named = tensors instanceof Map ? [...tensors] : Object.entries(tensors as Record<string, Tensor>);
  const layers = new Map<string, Record<string, Tensor>>();
  for (const [path, values] of named) {
    const { layer, name } = partsOf(path);
    layers.set(layer, { ...layers.get(layer), [name]: values });
  }
  const found = [...layers].flatMap(([name, content]): FoundLayer[] => {
    const { count, tensors } = withoutCounter(content);
    const convention = conventionOf(Object.keys(tensors));
    if (convention === undefined) return [];
    return [{ name, convention, tensors, ...(count === undefined ? {} : { numBatchesTracked: count }) }];
  });
  if (found.length > 0) return found;
  const known = Object.values(PARAMETER_NAMES).map((names) => Object.values(names).join(', '));
  throw new NormError(
    'missing-argument',
    `no layer with a mean and a variance found; the names are ${known.join('; ')}.`,
    { argument: 'tensors' },
  );
}

/**
 * One layer's tensors by the framework's own names, without the layer's name in front, and PyTorch's counter apart.
 *
 * @throws NormError `unknown-argument` where they are of more than one layer.
 */
export function ownNames(tensors: Readonly<Record<string, Tensor>>): {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly count?: number;
} {
  const parts = Object.keys(tensors).map(partsOf);
  const layers = [...new Set(parts.map(({ layer }) => layer))];
  if (layers.length > 1) {
    throw new NormError(
      'unknown-argument',
      `the tensors are of ${layers.length} layers, '${layers[0]}' and '${layers[1]}' among them; expected those of one: layersOf sorts them.`,
      { argument: 'tensors' },
    );
  }
  return withoutCounter(
    Object.fromEntries(Object.values(tensors).map((values, i) => [parts[i].name, values])),
  );
}

function partsOf(path: string): { readonly layer: string; readonly name: string } {
  const [, layer = '', name = path] =
    path
      .replace(COLLECTION, '')
      .replace(OUTPUT_NUMBER, '')
      .match(/^(?:(.*)[./])?([^./]+)$/) ?? [];
  return { layer, name };
}

function withoutCounter(content: Readonly<Record<string, Tensor>>) {
  const { [COUNTER]: counter, ...tensors } = content;
  return counter === undefined ? { tensors } : { tensors, count: Number(counter.data[0]) };
}

/** The framework whose names these all are, statistics among them. */
function conventionOf(names: readonly string[]): Convention | undefined {
  const conventions = Object.keys(PARAMETER_NAMES) as Convention[];
  return conventions.find((convention) => {
    const { mean, variance } = PARAMETER_NAMES[convention];
    const own = Object.values(PARAMETER_NAMES[convention]);
    return names.includes(mean) && names.includes(variance) && names.every((name) => own.includes(name));
  });
}
