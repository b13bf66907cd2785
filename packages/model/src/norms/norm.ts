import type { Grade } from '@normlayers/conformance';
import type { Op } from '@normlayers/core';
import type { ReasonCode, Refusal } from './refusal';

/** What could be done about a norm, or why not. */
export interface Possibility {
  readonly possible: boolean;
  readonly reason?: ReasonCode;
  /** The reason as a sentence with names and sizes. */
  readonly message?: string;
}

/** One normalization of a model. */
export interface Norm {
  readonly op: Op;
  /** The operators that it is spelt in, in the order of the graph: `LayerNormalization`, `ReduceMean Sub Pow ...`. */
  readonly spelling: string;
  /** The names of its nodes; a node without a name is called by its first output. */
  readonly nodes: readonly string[];
  /** Where it stands: '' is the main graph, else the nested graph or function. */
  readonly graph: string;
  readonly input: string;
  readonly output: string;
  /** Axes that share statistics; of Layer and RMS Norm. From the end where the rank is not known. */
  readonly axes?: readonly number[];
  readonly groups?: number;
  readonly epsilon: number;
  /** The names of what makes gamma and beta, joined; null: 1 and 0. */
  readonly gamma: string | null;
  readonly beta: string | null;
  /** The type of the result; null where the file does not say. */
  readonly dtype: string | null;
  /** `epsilon-vanished`: float16 has made epsilon 0. `training-mode`: the batch's own statistics are taken. */
  readonly notes?: readonly ('epsilon-vanished' | 'training-mode')[];
  readonly fold?: Possibility & { readonly into: string | null };
  readonly rewrite?: Possibility & { readonly to: string };
  /** Filled in by `judgeModel`. */
  readonly measured?: Measured;
  /** Why `judgeModel` could not look at it. */
  readonly unmeasured?: Refusal;
}

/** What a run showed of a norm. */
export interface Measured {
  /** The largest mean(abs(x)) * invStd of its groups: how many times rounding x is enlarged. */
  readonly kappa: number;
  /** The largest magnitude in its input; Infinity where something is not finite. */
  readonly largest: number;
  /** How many times the largest square that the formula takes can double before it overflows float16. */
  readonly halfHeadroomBits: number;
  /** Digits right on each provider, against float64 on that provider's own input. */
  readonly digits: Readonly<Record<string, number>>;
  /** Digits that the input holds there, and how good the result is by the suite's verdict. */
  readonly held: Readonly<Record<string, number>>;
  readonly grades: Readonly<Record<string, Grade>>;
}

export function impossible({ reason, message }: Refusal): Possibility {
  return { possible: false, reason, message };
}
