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
import type { GpuProbe } from './gpu-probe';

/** Something that is timed: one call, ready to be made again and again. */
export interface Contender {
  readonly name: string;
  readonly via?: Via;
  /** Done when the results are there. Nothing is returned where it is done at once. */
  once(): unknown;
  /** What is wrong with its answer; null for a right one. */
  readonly fault: string | null;
  readonly outputReused?: boolean;
  readonly passes?: number;
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
    const once =
      gpu === undefined
        ? () => prepared.run()
        : async () => {
            await prepared.run();
            const settled = gpu.settled();
            if (settled !== undefined) await settled;
          };
    const from = performance.now();
    await once();
    const firstMs = performance.now() - from;
    const fault = check(await prepared.read());
    return { name, via, fault, firstMs, once, dispose: async () => prepared.dispose() };
  } catch (error) {
    await prepared.dispose();
    throw error;
  }
}

/**
 * The same with the passes that a call of it takes, where there are GPUs to see: of a second call, because the first one
 * may upload and compile.
 *
 * @throws what the call throws; the contender has then been disposed of.
 */
export async function counted(contender: Contender, gpu: GpuProbe | undefined): Promise<Contender> {
  if (gpu === undefined) return contender;
  const before = gpu.passes;
  try {
    await contender.once();
  } catch (error) {
    await contender.dispose();
    throw error;
  }
  return gpu.passes === before ? contender : { ...contender, passes: gpu.passes - before };
}

/** An array like x's data that has been written to: its pages are there. */
export function touchedLike({ dtype, data }: NormCall['x']): TensorData {
  return allocate(dtype, data.length).fill(1);
}
