import type { DType, Mode, NormCall, NormErrorCode, Op, OutputName } from '@normlayers/core';

/** What somebody else says an output should be, and how far off they allow. */
export interface OutsideExpectation {
  /** Row-major, of the output's size. */
  readonly values: Float64Array;
  readonly tolerance: OutsideTolerance;
}

/** The tolerance rules of the vectors' sources. */
export type OutsideTolerance =
  /** abs(got - expected) <= atol + rtol * abs(expected), as `numpy.testing.assert_allclose`. */
  | { readonly kind: 'close'; readonly rtol: number; readonly atol: AbsoluteTolerance }
  /** At most so many representable numbers between got and expected, once both are rounded to `dtype` (WebNN). */
  | { readonly kind: 'ulp'; readonly ulps: number; readonly dtype: DType };

/** One number for all elements, or one per channel: element i takes number floor(i / inner) mod length. */
export type AbsoluteTolerance = number | { readonly perChannel: readonly number[]; readonly inner: number };

/** One thing that is asked of an adapter. */
export interface ConformanceCase {
  /** Unique in a run. */
  readonly name: string;
  readonly op: Op;
  readonly mode: Mode;
  readonly dtype: DType;
  /** Built on first use and kept. */
  readonly call: NormCall;
  /** Where given, the call is bad input, and refusing it with this code is what passes. */
  readonly refusal?: NormErrorCode;
  /** Where given, the calls are made in a wrong order: `refusal` is what must come of it. */
  readonly misuse?: 'run-after-dispose' | 'read-before-run';
  /** What others expect, by output; our own budget holds beside it. */
  readonly expected?: Readonly<Partial<Record<OutputName, OutsideExpectation>>>;
  /** The upstream issue that this case keeps from coming back. */
  readonly cites?: string;
  /** Why the case is there, in a line. */
  readonly note?: string;
  /** What to find it by: `grid`, `hard`, `running`, `regression`, `bad-input`, `vector`, and finer words. */
  readonly tags: readonly string[];
}

/** A case as its author writes it: the call as a function, so that large data is made only when it is needed. */
export type CaseSource = Omit<ConformanceCase, 'call'> & { readonly build: () => NormCall };

/** Makes a case of its source. */
export function conformanceCase({ build, ...rest }: CaseSource): ConformanceCase {
  let built: NormCall | undefined;
  return {
    ...rest,
    get call() {
      built ??= build();
      return built;
    },
  };
}
