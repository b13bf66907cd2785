import { digitsOf } from '@normlayers/conformance';
import type { AdapterKind, NormAdapter, NormCall, NormResult, TensorData } from '@normlayers/core';
import { allocate, type Via } from '@normlayers/core/adapter';
import type { Residency } from '../reports/bench-report';
import type { AnswerCheck, CheckedAnswer } from './answer-check';
import type { GpuProbe } from './gpu-probe';

/** Something that is timed: one call, ready to be made again and again. */
export interface Contender {
  readonly name: string;
  readonly via?: Via;
  /** Done when the results are there. Nothing is returned where it is done at once. */
  once(): unknown;
  /** Whose it is; null for `memcpy` and `gpu-copy`. */
  readonly kind: AdapterKind | null;
  readonly answer: CheckedAnswer;
  readonly outputReused?: boolean;
  readonly passes?: number;
  /** How long a call took: the first one, compiling included; on a GPU the second. Default: not known. */
  readonly callMs?: number;
  dispose(): Promise<void>;
}

/** Copies x, between two arrays that were allocated and touched before: the least that any of this can take. */
export function memcpy({ dtype, data }: NormCall['x'], out: TensorData): Contender {
  return {
    name: 'memcpy',
    kind: null,
    once: () => out.set(data),
    answer: { grade: 'accurate', digits: digitsOf(dtype) },
    async dispose() {},
  };
}

/**
 * Makes an adapter's call ready and checks its answer once. On the device: uploaded and compiled, so that a call is
 * `run` of what `prepare` gave, and waits for GPUs. On the host: typed arrays in, typed arrays out, with an array to put
 * the result into.
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
  gpu?: GpuProbe,
): Promise<Contender> {
  const { name, kind } = adapter;
  if (residency === 'host') {
    const once = (): Promise<NormResult> => adapter.run(call, out);
    const { first: answer, ...cost } = await tried(once, gpu);
    const outputReused = (answer.y ?? answer.dx)?.data === out;
    return { name, kind, via, answer: check(answer), outputReused, ...cost, once, async dispose() {} };
  }
  const prepared = await adapter.prepare(call);
  const once =
    gpu === undefined
      ? () => prepared.run()
      : async () => {
          await prepared.run();
          const settled = gpu.settled();
          if (settled !== undefined) await settled;
        };
  try {
    const { first: _, ...cost } = await tried<void>(once, gpu);
    const answer = check(await prepared.read());
    return { name, kind, via, answer, ...cost, once, dispose: async () => prepared.dispose() };
  } catch (error) {
    await prepared.dispose();
    throw error;
  }
}

/**
 * Makes the first call, and where it took passes of a GPU a second one, which is the one to be measured: the first may
 * have compiled shaders for seconds.
 */
async function tried<R>(
  once: () => R | Promise<R>,
  gpu: GpuProbe | undefined,
): Promise<{ first: R; callMs: number; passes?: number }> {
  const timed = async () => {
    const [before, from] = [gpu?.passes ?? 0, performance.now()];
    const result = await once();
    return { result, callMs: performance.now() - from, passes: (gpu?.passes ?? 0) - before };
  };
  const { result: first, ...cost } = await timed();
  if (cost.passes === 0) return { first, callMs: cost.callMs };
  const { callMs, passes } = await timed();
  return { first, callMs, passes };
}

/** An array like x's data that has been written to: its pages are there. */
export function touchedLike({ dtype, data }: NormCall['x']): TensorData {
  return allocate(dtype, data.length).fill(1);
}
