import type { OnnxRuntime } from './framework';

/** The last of each module's work, by its Tensor class, which copies of the module share. */
const last = new WeakMap<object, Promise<unknown>>();

/**
 * Work of ONNX Runtime's that waits for a device, one after the other: where a run begins while another waits for its
 * GPU, both of its WebGPU builds hang, and its WebGL provider mixes up their values (1.30).
 */
export function inTurn<Result>({ Tensor }: OnnxRuntime, work: () => Promise<Result>): Promise<Result> {
  const turn = (last.get(Tensor) ?? Promise.resolve()).then(work);
  last.set(
    Tensor,
    turn.catch(() => undefined),
  );
  return turn;
}
