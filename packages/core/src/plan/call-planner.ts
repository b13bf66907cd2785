import type { NormCall } from '../call/call';
import type { Tensor, TensorDescription } from '../tensor/tensor';
import { type CallPlan, checkNumbers, planCall } from './plan';

/**
 * The part of an argument that a plan depends on, copied, since the caller's own may change. A tensor is the list of its
 * type, its data's class, its data's length and its dimensions. A list has null in place of the first three.
 */
type PlannedArgument = unknown;

const DESCRIBED = 3;

/**
 * Plans calls as `planCall` does, and gives the last plan again for a call like the last one, whatever its numbers are. To
 * check a call anew takes 2 microseconds and 4 kB, more than a row of Layer Norm takes to compute.
 *
 * @example
 * ```ts
 * import { tensor } from '@normlayers/core';
 * import { CallPlanner } from '@normlayers/core/adapter';
 *
 * const planner = new CallPlanner();
 * const plan = planner.plan({ op: 'layerNorm', mode: 'inference', x: tensor([1, 3], [1, 2]) });
 * assert.equal(planner.plan({ op: 'layerNorm', mode: 'inference', x: tensor([5, 7], [1, 2]) }), plan);
 * ```
 */
export class CallPlanner<T extends TensorDescription = Tensor> {
  readonly #where: 'host' | 'device';
  #plan: CallPlan | null = null;
  readonly #arguments = new Map<string, PlannedArgument>();

  /** @param where as `planCall` takes it: `device` for tensors that hold no data. */
  constructor(...[where = 'host']: [T] extends [Tensor] ? ['host'?] : ['device']) {
    this.#where = where;
  }

  /** @throws NormError as `planCall` does. */
  plan(call: NormCall<T>): CallPlan {
    if (this.#plan === null || !this.#isLikeLast(call)) return this.#planAnew(call);
    if (this.#where === 'host') checkNumbers(call as unknown as NormCall, this.#plan);
    return this.#plan;
  }

  #planAnew(call: NormCall<T>): CallPlan {
    this.#plan = null;
    const plan = this.#where === 'host' ? planCall(call as unknown as NormCall) : planCall(call, 'device');
    this.#arguments.clear();
    for (const [name, value] of Object.entries(call)) {
      if (value !== undefined) this.#arguments.set(name, plannedArgument(value));
    }
    this.#plan = plan;
    return plan;
  }

  /** Allocates nothing: it runs for every call. */
  #isLikeLast(call: NormCall<T>): boolean {
    // A loop over an object of a class would miss what its class defines by accessors.
    if (Object.getPrototypeOf(call) !== Object.prototype) return false;
    let given = 0;
    for (const name in call) {
      const value = (call as unknown as Record<string, unknown>)[name];
      if (value === undefined) continue;
      if (!isAsPlanned(value, this.#arguments.get(name))) return false;
      given++;
    }
    return given === this.#arguments.size;
  }
}

function plannedArgument(value: unknown): PlannedArgument {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return [null, null, null, ...value];
  const { dtype, shape, data } = value as Partial<Tensor> & TensorDescription;
  return [dtype, data?.[Symbol.toStringTag], data?.length, ...shape];
}

function isAsPlanned(value: unknown, planned: PlannedArgument): boolean {
  if (!Array.isArray(planned)) return Object.is(value, planned);
  if (Array.isArray(value)) return planned[0] === null && endsIn(planned, value);
  const { dtype, shape, data } = (value ?? {}) as Partial<Tensor>;
  return (
    dtype === planned[0] &&
    data?.[Symbol.toStringTag] === planned[1] &&
    data?.length === planned[2] &&
    Array.isArray(shape) &&
    endsIn(planned, shape)
  );
}

function endsIn(planned: readonly unknown[], numbers: readonly unknown[]): boolean {
  if (planned.length !== numbers.length + DESCRIBED) return false;
  for (let i = 0; i < numbers.length; i++) if (planned[i + DESCRIBED] !== numbers[i]) return false;
  return true;
}
