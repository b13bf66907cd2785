import type { DType, Layout, Mode, NormCall, Op, Tensor } from '@normlayers/core';
import { allocate, type NormView, OPERATIONS, rounded, sizeOf, viewOf } from '@normlayers/core/adapter';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** What is to be timed: one operation in one mode on one size. */
export interface BenchCase {
  readonly op: Op;
  readonly mode: Mode;
  readonly dtype: DType;
  /** x's own shape, so [N, H, W, C] where the layout is channels-last. */
  readonly shape: readonly number[];
  /** Default: channels-first. Layer and RMS Norm have none: they normalize the last axis. */
  readonly layout?: Layout;
}

/** How many numbers are drawn; a prime, so that no two rows or channels are alike where they are repeated. */
const DRAWN = 65_537;

/**
 * A call as it occurs: x of mean 0.5 and standard deviation 1, gamma and beta given; Batch Norm with running statistics
 * in training (ONNX's rule), and with fixed ones in inference.
 *
 * @throws NormError where the shape does not fit the operation.
 *
 * @example
 * ```ts
 * import { benchCall } from '@normlayers/benchmark';
 *
 * const call = benchCall({ op: 'layerNorm', mode: 'backward', dtype: 'float32', shape: [4, 768] });
 * assert.deepEqual(call.gamma?.shape, [768]);
 * ```
 */
export function benchCall(benchCase: BenchCase): NormCall {
  const { op, mode, dtype, shape } = benchCase;
  const generator = xoroshiro128plus(shape.reduce((hash, size) => Math.imul(hash, 31) + size, 1));
  const filled = (tensorShape: readonly number[], mean: number, deviation: number): Tensor => {
    const size = sizeOf(tensorShape);
    const numbers = Float64Array.from({ length: Math.min(size, DRAWN) }, () => {
      // Uniform, with this mean and deviation.
      return mean + deviation * Math.sqrt(12) * (uniformFloat64(generator) - 0.5);
    });
    return {
      dtype,
      shape: [...tensorShape],
      data: repeated(rounded(numbers, allocate(dtype, numbers.length)), size),
    };
  };
  const attributes = attributesOf(benchCase);
  const { count, shape: parameterShape } = benchView(benchCase).parameters;
  const training = op === 'batchNorm' && mode === 'training';
  return {
    ...attributes,
    mode,
    x: filled(shape, 0.5, 1),
    gamma: filled(parameterShape, 1, 0.3),
    ...(!OPERATIONS[op].centred || mode === 'backward' ? {} : { beta: filled(parameterShape, 0, 0.3) }),
    ...(mode === 'backward' ? { dy: filled(shape, 0, 1) } : {}),
    ...(op === 'batchNorm' && mode === 'inference'
      ? { mean: filled([count], 0.5, 0.1), variance: filled([count], 1, 0.1) }
      : {}),
    ...(training
      ? { runningMean: filled([count], 0.5, 0.1), runningVar: filled([count], 1, 0.1), convention: 'onnx' }
      : {}),
  } as unknown as NormCall;
}

/** @throws NormError where the shape does not fit the operation. */
export function checkCase(benchCase: BenchCase): void {
  benchView(benchCase);
}

/** @throws NormError where the shape does not fit the operation. */
export function benchView(benchCase: BenchCase): NormView {
  const { dtype, shape } = benchCase;
  const bare = { ...attributesOf(benchCase), mode: 'training', x: { dtype, shape } };
  return viewOf(bare as Parameters<typeof viewOf>[0]);
}

function attributesOf({ op, shape, layout }: BenchCase): object {
  return {
    op,
    ...(layout === undefined || isRowsOnly(op) ? {} : { layout }),
    ...(op === 'groupNorm' ? { groups: groupsFor(shape, layout) } : {}),
  };
}

/** Whether an operation normalizes trailing axes and so has no layout. */
export function isRowsOnly(op: Op): boolean {
  return OPERATIONS[op].sharedBy === 'axes';
}

/** 32 groups, as in the paper (Wu and He 2018), or the most of 8, 4 and 2 that divide the channels; else 1. */
function groupsFor(shape: readonly number[], layout: Layout | undefined): number {
  const channels = (layout === 'channels-last' ? shape.at(-1) : shape[1]) ?? 0;
  return [32, 8, 4, 2].find((groups) => channels > groups && channels % groups === 0) ?? 1;
}

function repeated<D extends Tensor['data']>(drawn: D, size: number): D {
  if (size === drawn.length) return drawn;
  const data = new (drawn.constructor as new (length: number) => D)(size);
  for (let from = 0; from < size; from += drawn.length) {
    data.set(drawn.subarray(0, Math.min(drawn.length, size - from)), from);
  }
  return data;
}

/** Bytes of a call's tensors. */
export function inputBytes(call: NormCall): number {
  return (Object.values(call) as unknown[]).reduce<number>(
    (total, value) =>
      typeof value === 'object' && value !== null && 'data' in value
        ? total + (value as Tensor).data.byteLength
        : total,
    0,
  );
}
