import type { NormCall, ResultOf } from '../call/call';
import { NormError } from '../errors';
import { CallPlanner } from '../plan/call-planner';
import type { CallPlan } from '../plan/plan';
import type { TensorData } from '../tensor/tensor';
import type { NormAdapter, NormBackend, PreparedNorm } from './norm-adapter';

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
        support.values === undefined ? {} : { values: support.values },
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
    kind: backend.kind ?? 'peer',
    limits: backend.limits ?? {},
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
