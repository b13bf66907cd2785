import { sizeOf } from '@normlayers/core/adapter';
import { broadcast, broadcastShape, type Constant } from '../graph/constant';
import { evaluated } from '../graph/evaluate';
import type { Value } from '../graph/graph';
import type { Factor, Term } from './patterns/match';
import { type Refusal, refusal } from './refusal';

/** gamma or beta: numbers of the file, or a value that the model hands over as it is. */
export type Parameter =
  | { readonly names: readonly string[]; readonly constant: Constant; readonly value?: undefined }
  | { readonly names: readonly string[]; readonly value: Value; readonly constant?: undefined };

/** The product of factors; null where it is 1. */
export function gammaOf(factors: readonly Factor[]): Parameter | null | Refusal {
  return parameterOf(
    factors,
    (numbers, { power }) => numbers.map((one) => one ** power),
    (a, b) => a * b,
    1,
  );
}

/** The sum of terms; null where it is 0. */
export function betaOf(terms: readonly Term[]): Parameter | null | Refusal {
  return parameterOf(
    terms,
    (numbers, { sign }) => numbers.map((one) => one * sign),
    (a, b) => a + b,
    0,
  );
}

function parameterOf<P extends Factor | Term>(
  parts: readonly P[],
  own: (numbers: Float64Array, part: P) => Float64Array,
  join: (a: number, b: number) => number,
  neutral: number,
): Parameter | null | Refusal {
  const [first] = parts;
  if (first === undefined) return null;
  const names = parts.map(({ value }) => value.name);
  const constants = parts.map(({ value }) => evaluated(value));
  const computed = constants.indexOf(null);
  if (computed >= 0) {
    const direct = 'power' in first ? first.power === 1 : first.sign === 1;
    if (parts.length === 1 && direct) return { names, value: first.value };
    return refusal('parameter-computed', `${names[computed]} is computed by the model.`);
  }
  const known = constants as Constant[];
  const shape = known.reduce<readonly number[] | null>(
    (so, constant) => so && broadcastShape(so, constant.shape),
    [],
  );
  if (shape === null) return refusal('parameter-shape', `${names.join(' and ')} do not fit each other.`);
  const read = (): Float64Array | null => {
    let all = new Float64Array(sizeOf(shape)).fill(neutral);
    for (const [i, constant] of known.entries()) {
      const numbers = constant.read();
      const wide = numbers && broadcast(own(numbers, parts[i]!), constant.shape, shape);
      if (wide === null) return null;
      all = all.map((one, at) => join(one, wide[at]!));
    }
    return all;
  };
  if (sizeOf(shape) === 1 && read()?.[0] === neutral) return null;
  return { names, constant: { type: known[0]!.type, shape, read } };
}

/**
 * A parameter as the numbers of one normalized element each, or as the value that has just that shape.
 *
 * @param sizes x's shape with a number for each axis of `axes`.
 * @param axes the axes that the parameter may vary along, from the front.
 */
export function parameterAlong(
  parameter: Parameter,
  sizes: readonly unknown[],
  axes: readonly number[],
): Float64Array | Value | Refusal {
  const what = parameter.names.join(' and ');
  const normalized = axes.map((axis) => sizes[axis] as number);
  const shape = (parameter.constant ?? parameter.value!).shape;
  const missing = sizes.length - (shape?.length ?? 0);
  if (shape === null || missing < 0) {
    return refusal(
      'parameter-shape',
      `${what} has shape [${shape}] beside an input of rank ${sizes.length}.`,
    );
  }
  const fits = shape.every((size, i) => {
    const axis = i + missing;
    return size === 1 || (axes.includes(axis) && size === sizes[axis]);
  });
  if (!fits) {
    return refusal(
      'parameter-shape',
      `${what} has shape [${shape}]; the input's normalized axes are [${normalized}].`,
    );
  }
  if (parameter.value !== undefined) {
    const whole = shape.length === normalized.length && shape.every((size, i) => size === normalized[i]);
    return whole ? parameter.value : refusal('parameter-computed', `${what} is computed by the model.`);
  }
  const padded = [...new Array<number>(missing).fill(1), ...(shape as number[])];
  const along = axes.map((axis) => padded[axis]!);
  const numbers = parameter.constant.read();
  if (numbers === null) return refusal('parameter-elsewhere', `the numbers of ${what} are not at hand.`);
  return broadcast(numbers, along, normalized)!;
}
