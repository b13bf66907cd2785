import type { DType, Mode, Op, OutputName } from '@normlayers/core';

/** `index.json` of an exported folder. */
export interface ExportedIndex {
  readonly schema: 1;
  readonly cases: readonly ExportedCase[];
}

/** One case: what it asks for, and where its tensors lie. */
export interface ExportedCase {
  readonly name: string;
  readonly op: Op;
  readonly mode: Mode;
  readonly dtype: DType;
  /** The call's tensors, and for each output `accurate.y`, `ordinary.y` and so on: a safetensors file. */
  readonly file: string;
  /** Where a program puts its results: a safetensors file with the outputs by name. */
  readonly outputsFile: string;
  /** The tensors that are the call's arguments. */
  readonly inputs: readonly string[];
  /** What must come out, by name. */
  readonly outputs: Readonly<
    Partial<Record<OutputName, { readonly dtype: DType; readonly shape: readonly number[] }>>
  >;
  /** The other arguments as the call has them. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The same resolved, so that nothing need be guessed. */
  readonly resolved: {
    readonly epsilon: number;
    /** Added to every gamma. */
    readonly gammaOffset: number;
    /** The axes over which statistics are taken; for Group Norm those of the positions, to which a group's channels come. */
    readonly axes: readonly number[];
    readonly channelAxis: number | null;
    readonly groups: number | null;
    /** Whether the mean is taken off; false for RMS Norm. */
    readonly centred: boolean;
    /** Whether statistics are x's own or were given with the call. */
    readonly statistics: 'own' | 'given';
    /** new = keep * old + take * batch, the batch's variance times `varianceFactor`. */
    readonly running: {
      readonly keep: number;
      readonly take: number;
      readonly varianceFactor: number;
    } | null;
  };
  /** Why the case is there, and the upstream issue. */
  readonly note?: string;
  readonly cites?: string;
}

/**
 * What stands for each output beside the inputs, a tensor each in the output's shape: the truth in float64, the bounds in
 * float32 where its range is enough.
 */
export const EXPORTED_PARTS = {
  /** The float64 result. */
  truth: 'values',
  /** How far off an accurate result may be, one within the strict budget, an ordinary one. */
  accurate: 'budget',
  strict: 'strict',
  ordinary: 'ordinary',
  /** How far a relative change of 1 in what is rounded carries, to first order. */
  condition: 'condition',
  /** The largest result of the element's group: what digits are counted from. */
  scale: 'scale',
} as const;

/** Beside these, only where there is any: 1 where an element is not judged. */
export const UNJUDGED = 'unjudged';
