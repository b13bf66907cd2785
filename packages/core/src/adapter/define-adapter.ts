import type { NormCall, NormResult, ResultOf } from '../call/call';
import { NormError } from '../errors';
import { CallPlanner } from '../plan/call-planner';
import type { CallPlan } from '../plan/plan';
import type { TensorData } from '../tensor/tensor';

/**
 * How a back end computes a call: by the framework's own operator (`native`), by several of its operators
 * (`composed`), or by one program of ours (`fused`).
 */
export type Via = 'native' | 'composed' | 'fused';

/** Whether a back end computes a call and how, or why not and where upstream that is tracked. */
export type Support =
  | { readonly supported: true; readonly via: Via }
  | { readonly supported: false; readonly reason: string; readonly issue?: string };

/** A call made ready: inputs uploaded, programs compiled. `run` may be called again and again. */
export interface PreparedNorm<R extends NormResult = NormResult> {
  /** Computes, and is done when the results are: on a GPU, it waits for it. */
  run(): void | Promise<void>;
  /** The results of the last run as arrays. */
  read(): R | Promise<R>;
  /** Frees what the call holds. May be called twice. */
  dispose(): void | Promise<void>;
}

/** What an adapter's author writes; `defineAdapter` makes a NormAdapter of it. The call has been checked before. */
export interface NormBackend {
  /** `family/backend`, as in `tfjs/wasm`; a framework's own operator, unimproved, is `native:tfjs/wasm`. */
  readonly name: string;
  /** What this back end can do: the only place that says so. */
  supports(call: NormCall): Support;
  prepare(call: NormCall, plan: CallPlan): PreparedNorm | Promise<PreparedNorm>;
  /**
   * Arrays in, arrays out in one go, for a back end that can do that with fewer copies than `prepare`, run and read.
   * It may put y, or dx, into `out`.
   */
  run?(call: NormCall, plan: CallPlan, out?: TensorData): NormResult | Promise<NormResult>;
  dispose?(): void | Promise<void>;
}

/** One back end behind the contract that all share: typed arrays in, typed arrays out. */
export interface NormAdapter {
  readonly name: string;
  /** Whether this adapter computes the call. Checks nothing else: a malformed call may throw. */
  supports(call: NormCall): Support;
  /**
   * Uploads and compiles once, so that computing can be timed apart from copying.
   * @throws NormError for bad input, `unsupported`, `disposed`.
   */
  prepare<C extends NormCall>(call: C): Promise<PreparedNorm<ResultOf<C>>>;
  /**
   * prepare, run, read and dispose in one.
   *
   * @param out an array of x's type and length that y, or dx, may be put into, so that none is allocated. A back end that
   *   cannot do that leaves it alone; the result says where the data is.
   */
  run<C extends NormCall>(call: C, out?: TensorData): Promise<ResultOf<C>>;
  /** Frees everything, prepared calls included. May be called twice. */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes an adapter of a back end. What all adapters share is written here, once: checking the call, refusing what is
 * unsupported, `run`, reading before running, and use after dispose.
 *
 * @example
 * ```ts
 * import { referenceAdapter, tensor } from '@normlayers/core';
 *
 * const adapter = referenceAdapter();
 * const { y } = await adapter.run({ op: 'layerNorm', mode: 'inference', x: tensor([1, 3], [1, 2]), epsilon: 0 });
 * assert.deepEqual([...y.data], [-1, 1]);
 * await adapter.dispose();
 * ```
 */
export function defineAdapter(backend: NormBackend): NormAdapter {
  const open = new Set<PreparedNorm>();
  const planner = new CallPlanner();
  let disposed = false;

  function planned(call: NormCall): CallPlan {
    if (disposed) throw new NormError('disposed', `${backend.name} has been disposed; make a new adapter.`);
    const plan = planner.plan(call);
    const support = backend.supports(call);
    if (!support.supported) {
      const where = support.issue === undefined ? '' : ` (${support.issue})`;
      throw new NormError(
        'unsupported',
        `${backend.name} does not compute ${call.op} ${call.mode}: ${support.reason}${where}`,
      );
    }
    return plan;
  }

  async function prepare<C extends NormCall>(call: C): Promise<PreparedNorm<ResultOf<C>>> {
    const inner = await backend.prepare(call, planned(call));
    if (disposed) {
      // By a dispose() that came while this was being prepared, and could not see it.
      await inner.dispose();
      throw new NormError('disposed', `${backend.name} has been disposed; make a new adapter.`);
    }
    const prepared = guard(backend.name, inner, () => open.delete(prepared)) as PreparedNorm<ResultOf<C>>;
    open.add(prepared);
    return prepared;
  }

  async function dispose(): Promise<void> {
    if (disposed) return;
    disposed = true;
    for (const prepared of open) await prepared.dispose();
    await backend.dispose?.();
  }

  return {
    name: backend.name,
    supports: (call) => backend.supports(call),
    prepare,
    async run<C extends NormCall>(call: C, out?: TensorData): Promise<ResultOf<C>> {
      if (backend.run !== undefined) return (await backend.run(call, planned(call), out)) as ResultOf<C>;
      const prepared = await prepare(call);
      try {
        await prepared.run();
        return await prepared.read();
      } finally {
        await prepared.dispose();
      }
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

/** Adds the order of calls to a prepared call: run before read, nothing after dispose, dispose once. */
function guard(name: string, inner: PreparedNorm, onDispose: () => void): PreparedNorm {
  let disposed = false;
  let hasRun = false;
  const refuseDisposed = () => {
    if (disposed)
      throw new NormError('disposed', `this prepared call of ${name} has been disposed; prepare it again.`);
  };
  return {
    async run() {
      refuseDisposed();
      await inner.run();
      hasRun = true;
    },
    async read() {
      refuseDisposed();
      if (!hasRun) throw new NormError('not-run', `nothing to read from ${name} yet; call run() first.`);
      return inner.read();
    },
    async dispose() {
      if (disposed) return;
      disposed = true;
      onDispose();
      await inner.dispose();
    },
  };
}
