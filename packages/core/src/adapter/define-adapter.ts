import type { NormCall, ResultOf } from '../call/call';
import { NormError } from '../errors';
import { CallPlanner } from '../plan/call-planner';
import type { CallPlan } from '../plan/plan';
import { describe, type TensorData } from '../tensor/tensor';
import { argumentUnsupported } from './later-arguments';
import {
  ADAPTER_KINDS,
  type BackendCall,
  type NormAdapter,
  type NormBackend,
  type PreparedNorm,
  type Support,
} from './norm-adapter';

/**
 * Makes an adapter of a back end. What all adapters share is written here, once: checking the call, refusing what is
 * unsupported, `run`, reading before running, and use after dispose.
 *
 * @throws NormError `missing-argument` for a back end that lacks `name`, `supports` or `prepare`, `unknown-argument` for a
 *   kind that there is not. The adapter's own functions throw `contract` where `supports` or `prepare` gives something
 *   that is not what the contract says.
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
  checkBackend(backend);
  const { name } = backend;
  const open = new Set<PreparedNorm>();
  const planner = new CallPlanner();
  let disposing: Promise<void> | null = null;

  const refuseDisposed = () => {
    if (disposing !== null) throw new NormError('disposed', `${name} has been disposed; make a new adapter.`);
  };

  function supports(call: NormCall): Support {
    const other = argumentUnsupported(call, backend.takes ?? []);
    if (other !== null) return other;
    const support: unknown = backend.supports(call);
    checkSupport(name, support);
    return support;
  }

  function planned(call: NormCall): CallPlan {
    refuseDisposed();
    const plan = planner.plan(call);
    const support = supports(call);
    if (!support.supported) {
      const where = support.issue === undefined ? '' : ` (${support.issue})`;
      throw new NormError(
        'unsupported',
        `${name} does not compute ${call.op} ${call.mode}: ${support.reason}${where}`,
        support.values === undefined ? {} : { values: support.values },
      );
    }
    return plan;
  }

  async function prepare<C extends NormCall>(call: C): Promise<PreparedNorm<ResultOf<C>>> {
    const inner = await backend.prepare(call, planned(call));
    checkPrepared(name, inner);
    if (disposing !== null) {
      // By a dispose() that came while this was being prepared, and could not see it.
      await inner.dispose?.();
      refuseDisposed();
    }
    const prepared = guard(name, inner, () => open.delete(prepared)) as PreparedNorm<ResultOf<C>>;
    open.add(prepared);
    return prepared;
  }

  async function disposeAll(): Promise<void> {
    for (const prepared of open) await prepared.dispose();
    await backend.dispose?.();
  }

  /** A second call waits for the first. */
  function dispose(): Promise<void> {
    disposing ??= disposeAll();
    return disposing;
  }

  return {
    name,
    kind: backend.kind ?? 'peer',
    limits: backend.limits ?? {},
    supports,
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
function guard(name: string, inner: BackendCall, onDispose: () => void): PreparedNorm {
  let disposing: Promise<void> | null = null;
  let hasRun = false;
  const refuseDisposed = () => {
    if (disposing !== null)
      throw new NormError('disposed', `this prepared call of ${name} has been disposed; prepare it again.`);
  };
  const disposeOnce = async () => {
    onDispose();
    await inner.dispose?.();
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
    dispose() {
      disposing ??= disposeOnce();
      return disposing;
    },
  };
}

/** What is wrong with the back end is said here, once, and not by every call. */
function checkBackend(backend: NormBackend): void {
  const { name, kind, supports, prepare } = backend ?? {};
  const problems = [
    typeof name === 'string' && name !== '' ? null : ['name', 'a text such as family/backend'],
    typeof supports === 'function' ? null : ['supports', 'a function (call) => Support'],
    typeof prepare === 'function' ? null : ['prepare', 'a function (call, plan) => { run, read }'],
  ].filter((problem) => problem !== null);
  const [problem] = problems;
  if (problem !== undefined) {
    throw new NormError(
      'missing-argument',
      `the back end that defineAdapter was given has no ${problems.map(([what, expected]) => `${what} (${expected})`).join(', no ')}.`,
      { argument: problem[0]! },
    );
  }
  if (kind !== undefined && !ADAPTER_KINDS.includes(kind)) {
    throw new NormError(
      'unknown-argument',
      `kind of ${name} is ${describe(kind)}; expected one of ${ADAPTER_KINDS.join(', ')}.`,
      { argument: 'kind' },
    );
  }
}

function checkSupport(name: string, support: unknown): asserts support is Support {
  const { supported, via, reason } = (support ?? {}) as Record<string, unknown>;
  if (supported === true && typeof via === 'string') return;
  if (supported === false && typeof reason === 'string') return;
  throw new NormError(
    'contract',
    `supports() of ${name} gave ${describe(support)}; expected { supported: true, via } or { supported: false, reason }.`,
    { argument: 'supports' },
  );
}

function checkPrepared(name: string, prepared: unknown): asserts prepared is BackendCall {
  const { run, read } = (prepared ?? {}) as Record<string, unknown>;
  const lacking = [
    ['run', run],
    ['read', read],
  ].flatMap(([what, value]) => (typeof value === 'function' ? [] : [`${what}()`]));
  if (lacking.length === 0) return;
  throw new NormError(
    'contract',
    `prepare() of ${name} gave ${describe(prepared)} without ${lacking.join(' and ')}; expected { run, read }, and dispose where there is something to free.`,
    { argument: 'prepare' },
  );
}
