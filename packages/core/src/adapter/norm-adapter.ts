import type { NormCall, NormResult, ResultOf } from '../call/call';
import type { LaterArgument } from '../call/operations';
import type { CallPlan } from '../plan/plan';
import type { TensorData } from '../tensor/tensor';

/**
 * How a back end computes a call: by the framework's own operator (`native`), by several of its operators
 * (`composed`), or by one program of ours (`fused`).
 */
export type Via = 'native' | 'composed' | 'fused';

/** Whether a back end computes a call and how, or why not. */
export type Support = { readonly supported: true; readonly via: Via } | Unsupported;

/** Why a back end does not compute a call. */
export interface Unsupported {
  readonly supported: false;
  /** An English sentence without its full stop, as in `float64 is not a type of this framework`. */
  readonly reason: string;
  /** The same for programs, and for pages in other languages: a word of the adapter's own, with what fills it in. */
  readonly code?: string;
  readonly values?: Readonly<Record<string, string | number>>;
  /** Where upstream this is tracked. */
  readonly issue?: string;
}

/**
 * Whose answers an adapter gives: `ours`, held to the strictest grade; a framework's own operator (`native`), which is
 * shown and not held to anything; anybody else's (`peer`).
 */
export const ADAPTER_KINDS = ['ours', 'native', 'peer'] as const;
export type AdapterKind = (typeof ADAPTER_KINDS)[number];

/**
 * Numbers that a back end cannot compute with, whatever the call. They are declared once, since to look for them in each
 * call's data would cost more than the call.
 */
export interface NumberLimits {
  /**
   * What becomes of float32 numbers below 2^-126: a GPU may take them for 0 (WGSL specification, section 15.7.2; GLSL ES
   * 3.00 specification, section 4.5.1). Default: `kept`.
   */
  readonly denormals?: 'kept' | 'flushed';
  /** The largest magnitude in x and dy that is computed with. Default: the type's own. */
  readonly largest?: number;
}

/** A call made ready: inputs uploaded, programs compiled. `run` may be called again and again. */
export interface PreparedNorm<R extends NormResult = NormResult> {
  /** Computes, and is done when the results are: on a GPU, it waits for it. */
  run(): void | Promise<void>;
  /** The results of the last run as arrays. */
  read(): R | Promise<R>;
  /** Frees what the call holds. May be called twice. */
  dispose(): void | Promise<void>;
}

/** What an author's `prepare` gives: as `PreparedNorm`, but `dispose` may be left out where there is nothing to free. */
export interface BackendCall<R extends NormResult = NormResult> extends Omit<PreparedNorm<R>, 'dispose'> {
  dispose?(): void | Promise<void>;
}

/** What an adapter's author writes; `defineAdapter` makes a NormAdapter of it. The call has been checked before. */
export interface NormBackend {
  /** `family/backend`, as in `tfjs/wasm`; a framework's own operator, unimproved, is `native:tfjs/wasm`. */
  readonly name: string;
  /** Default: `peer`. */
  readonly kind?: AdapterKind;
  /** Default: none. */
  readonly limits?: NumberLimits;
  /**
   * Which of the arguments that came after the first contract this back end computes with; `LATER_ARGUMENTS` are all of
   * them. A call that has another is declared unsupported for it. Default: none.
   */
  readonly takes?: readonly LaterArgument[];
  /** What this back end can do: the only place that says so. It asks for types, shapes and attributes, not for data. */
  supports(call: NormCall): Support;
  prepare(call: NormCall, plan: CallPlan): BackendCall | Promise<BackendCall>;
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
  readonly kind: AdapterKind;
  readonly limits: NumberLimits;
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
  /** Frees everything, prepared calls included. May be called again: it then waits for the first. */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
