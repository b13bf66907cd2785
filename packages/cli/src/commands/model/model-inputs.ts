import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { ModelTensor, ModelTensors } from '@normlayers/model';
import { CommandError } from '../../command-error';
import { sayingWhich } from './formats/model-file';
import type { OpenedModel } from './formats/opened-model';

export interface InputOptions {
  /** A `.npz` with an array for each input, or a `.npy` where there is one. */
  readonly input?: string;
  readonly seed?: number;
  /** Sizes of symbolic dimensions by name. */
  readonly size?: Readonly<Record<string, number>>;
}

/** NumPy's types by the ones of `ort.Tensor`. */
const TYPES: Readonly<Record<string, string>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

/**
 * What a model is run on: the arrays of a file, or random numbers.
 *
 * @throws CommandError `usage` where the file does not have what the model takes.
 */
export async function inputsFor<M>(model: OpenedModel<M>, options: InputOptions): Promise<ModelTensors> {
  const { path } = model;
  const { input, seed = 1, size = {} } = options;
  if (input === undefined) return sayingWhich(path, () => model.randomInputs({ seed, sizes: size }));
  const wanted = model.inputs();
  const arrays = await readArrays(input, wanted[0]?.name ?? '');
  for (const { name, type, shape } of wanted) {
    const given = arrays[name];
    const fault = given === undefined ? `has no array ${name}` : misfit(given, type, shape);
    if (fault !== null) {
      const asked = `${name} is ${type ?? 'of any type'}${shape === null ? '' : ` [${shape.map((one) => one ?? '?')}]`}`;
      throw new CommandError('usage', `--input ${input} ${fault}; of ${path} ${asked}.`);
    }
  }
  return arrays;
}

function misfit(
  given: ModelTensor,
  type: string | null,
  shape: readonly (number | string | null)[] | null,
): string | null {
  if (type !== null && given.type !== type) return `holds ${given.type}`;
  const fits =
    shape === null ||
    (shape.length === given.dims.length &&
      shape.every((size, axis) => typeof size !== 'number' || size === given.dims[axis]));
  return fits ? null : `holds an array of shape [${given.dims}]`;
}

async function readArrays(path: string, only: string): Promise<Record<string, ModelTensor>> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new CommandError('usage', `--input ${path}: there is no such file.`);
  }
  const [{ unzipSync }, { parse }] = await Promise.all([import('fflate'), import('npyjs')]);
  const read = (bytes: Uint8Array, name: string): ModelTensor => {
    // The reader wants a buffer of its own.
    const { data, shape, dtype, fortranOrder } = parse(bytes.slice().buffer, { convertFloat16: false });
    const type = Object.hasOwn(TYPES, dtype) ? TYPES[dtype] : undefined;
    if (type === undefined) throw new Error(`${name} is of type ${dtype}`);
    if (fortranOrder && shape.length > 1) throw new Error(`${name} is in Fortran's order; save it in C's`);
    return { type, dims: shape, data: data as unknown as ModelTensor['data'] };
  };
  try {
    const bytes = new Uint8Array(readFileSync(path));
    if (path.endsWith('.npy')) return { [only]: read(bytes, basename(path)) };
    const entries = Object.entries(unzipSync(bytes)).filter(([name]) => name.endsWith('.npy'));
    return Object.fromEntries(entries.map(([name, one]) => [name.replace(/\.npy$/, ''), read(one, name)]));
  } catch (error) {
    throw new CommandError('usage', `--input ${path} cannot be read: ${(error as Error).message}.`);
  }
}
