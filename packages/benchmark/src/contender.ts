import {
  allocate,
  type NormAdapter,
  type NormCall,
  type NormResult,
  type TensorData,
  type Via,
} from '@normlayers/core';
import type { AnswerCheck } from './answer-check';
import type { Residency } from './bench-report';

/** Something that is timed: one call, ready to be made again and again. */
export interface Contender {
  readonly name: string;
  readonly via?: Via;
  /** Done when the results are there. Nothing is returned where it is done at once. */
  once(): unknown;
  /** What is wrong with its answer; null for a right one. */
  readonly fault: string | null;
  readonly outputReused?: boolean;
  /** How long the call took whose answer was checked, compiling included. Default: not known. */
  readonly firstMs?: number;
  dispose(): Promise<void>;
}

/** Copies x, between two arrays that were allocated and touched before: the least that any of this can take. */
export function memcpy(x: TensorData, out: TensorData): Contender {
  return {
    name: 'memcpy',
    once: () => out.set(x),
    fault: null,
    async dispose() {},
  };
}

/**
 * Makes an adapter's call ready and checks its answer once. On the device: uploaded and compiled, so that a call is
 * `run` of what `prepare` gave. On the host: typed arrays in, typed arrays out, with an array to put the result into.
 *
 * @throws what the adapter throws.
 */
export async function contenderOf(
  adapter: NormAdapter,
  via: Via,
  call: NormCall,
  residency: Residency,
  out: TensorData,
  check: AnswerCheck,
): Promise<Contender> {
  const { name } = adapter;
  if (residency === 'host') {
    const from = performance.now();
    const answer: NormResult = await adapter.run(call, out);
    const firstMs = performance.now() - from;
    const outputReused = (answer.y ?? answer.dx)?.data === out;
    const fault = check(answer);
    return {
      name,
      via,
      fault,
      outputReused,
      firstMs,
      once: () => adapter.run(call, out),
      async dispose() {},
    };
  }
  const prepared = await adapter.prepare(call);
  try {
    const from = performance.now();
    await prepared.run();
    const firstMs = performance.now() - from;
    const fault = check(await prepared.read());
    return { name, via, fault, firstMs, once: () => prepared.run(), dispose: async () => prepared.dispose() };
  } catch (error) {
    await prepared.dispose();
    throw error;
  }
}

/** An array like x's data that has been written to: its pages are there. */
export function touchedLike({ dtype, data }: NormCall['x']): TensorData {
  return allocate(dtype, data.length).fill(1);
}
