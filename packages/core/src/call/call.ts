import type { Tensor } from '../tensor/tensor';
import type { Layout, Mode, Op, OpsWhere } from './operations';

export type { Layout, Mode, Op, TensorName } from './operations';

// Every type takes the kind of tensor as T: core's own by default, a framework's tensors in its adapter's functions. X is
// the kind of x where more is known of it, its type or its rank, and so the kind of y and dx.

/** Whose rule updates running statistics; see `CONVENTIONS`. */
export type Convention = 'pytorch' | 'keras' | 'onnx' | 'flax';

/** What every operation takes. Parameters are of x's type, or float32 where x is float16. */
interface Common<T, X> {
  /** The input. */
  readonly x: X;
  /** Scale, one per channel (per normalized element for Layer and RMS Norm). Default: 1. */
  readonly gamma?: T | undefined;
  /** Added to the variance under the root; 0 or more. Default: 1e-5. */
  readonly epsilon?: number | undefined;
}

interface Shifted<T, X> extends Common<T, X> {
  /** Shift, shaped like gamma. Default: 0. */
  readonly beta?: T | undefined;
}

interface Gradient<T> {
  /** The loss's gradient with respect to y: x's shape and type. */
  readonly dy: T;
}

interface Channelled {
  /** Default: `channels-first`. */
  readonly layout?: Layout | undefined;
}

interface Masked<T> {
  /**
   * Which positions of which samples are valid: x's shape without the channels' axis, and x's type; 0 where padding is. Statistics
   * are of valid elements alone, y and dx are 0 elsewhere. Default: all are.
   */
  readonly mask?: T | undefined;
}

interface AnyChannelAxis extends Channelled {
  /** The channel axis itself, negative from the end; instead of `layout`. */
  readonly axis?: number | undefined;
}

/** What Layer and RMS Norm take beside x and the parameters. */
interface AnyAxes {
  /**
   * The axes that share statistics, negative from the end. gamma and beta have their dimensions in the order given
   * here. Default: the last axis. `trailingAxes` turns PyTorch's normalizedShape into this.
   */
  readonly axes?: readonly number[] | undefined;
  /**
   * Added to gamma, which must be given: 1 for weights that are stored as their difference from 1, as Gemma's RMS Norm
   * and Megatron's layernorm_1p store them. dgamma is the same either way. Default: 0.
   */
  readonly gammaOffset?: number | undefined;
}

/** A transformer's residual stream: its sum is normalized, and handed on to the next addition. */
interface Residual<T> {
  /**
   * Added to x first: x's shape and type. x + residual, rounded to x's type, is what is normalized, and is returned as
   * `sum`. Default: nothing is added, and there is no `sum`.
   */
  readonly residual?: T | undefined;
}

/** A residual that is given, so that there is a `sum` in the result. */
export interface GivenResidual<T = Tensor> {
  readonly residual: T;
}

interface SumGradient<T> extends Residual<T> {
  /** The loss's gradient with respect to `sum` by its other uses, of x's shape and type; added to dx. Default: none. */
  readonly dsum?: T | undefined;
}

/** How running statistics are brought forward. */
interface RunningRule {
  /** In the convention's own direction, in [0, 1]; null is PyTorch's cumulative average. Default: the convention's. */
  readonly momentum?: number | null | undefined;
  /** How many batches the statistics already hold; needed for `momentum: null` only. */
  readonly numBatchesTracked?: number | undefined;
}

/** Running statistics that a training call brings forward: a pair, with whose rule they follow, which is never guessed. */
export interface GivenRunningStats<T = Tensor> extends RunningRule {
  /** One per channel, before this batch. */
  readonly runningMean: T;
  /** One per channel, before this batch. */
  readonly runningVar: T;
  /** Whose rule. */
  readonly convention: Convention;
}

/** No running statistics. Their rule may stand there all the same, and is checked. */
interface NoRunningStats extends RunningRule {
  readonly runningMean?: undefined;
  readonly runningVar?: undefined;
  readonly convention?: Convention | undefined;
}

/** Running statistics to be brought forward by a training call, or none. */
export type RunningStats<T = Tensor> = GivenRunningStats<T> | NoRunningStats;

/** Statistics that are given, not computed: one mean and one variance per channel. */
export interface GivenStatistics<T = Tensor> {
  readonly mean: T;
  readonly variance: T;
}

export type BatchNormInference<T = Tensor, X extends T = T> = Shifted<T, X> &
  AnyChannelAxis &
  Masked<T> &
  GivenStatistics<T>;
export type BatchNormTraining<T = Tensor, X extends T = T> = Shifted<T, X> &
  AnyChannelAxis &
  Masked<T> &
  RunningStats<T>;
/** With mean and variance: the gradient through fixed statistics. Without: through the batch's own. */
export type BatchNormBackward<T = Tensor, X extends T = T> = Common<T, X> &
  Gradient<T> &
  AnyChannelAxis &
  Masked<T> &
  Partial<GivenStatistics<T>>;

export type LayerNormInference<T = Tensor, X extends T = T> = Shifted<T, X> & AnyAxes & Residual<T>;
export type LayerNormTraining<T = Tensor, X extends T = T> = LayerNormInference<T, X>;
export type LayerNormBackward<T = Tensor, X extends T = T> = Common<T, X> &
  Gradient<T> &
  AnyAxes &
  SumGradient<T>;

export type InstanceNormInference<T = Tensor, X extends T = T> = Shifted<T, X> & Channelled & Masked<T>;
export type InstanceNormTraining<T = Tensor, X extends T = T> = Shifted<T, X> &
  Channelled &
  Masked<T> &
  RunningStats<T>;
export type InstanceNormBackward<T = Tensor, X extends T = T> = Common<T, X> &
  Gradient<T> &
  Channelled &
  Masked<T>;

interface Grouped {
  /** How many groups the channels fall into; divides their number. */
  readonly groups: number;
}

export type GroupNormInference<T = Tensor, X extends T = T> = Shifted<T, X> &
  Channelled &
  Masked<T> &
  Grouped;
export type GroupNormTraining<T = Tensor, X extends T = T> = GroupNormInference<T, X>;
export type GroupNormBackward<T = Tensor, X extends T = T> = Common<T, X> &
  Gradient<T> &
  Channelled &
  Masked<T> &
  Grouped;

export type RmsNormInference<T = Tensor, X extends T = T> = Common<T, X> & AnyAxes & Residual<T>;
export type RmsNormTraining<T = Tensor, X extends T = T> = RmsNormInference<T, X>;
export type RmsNormBackward<T = Tensor, X extends T = T> = Common<T, X> &
  Gradient<T> &
  AnyAxes &
  SumGradient<T>;

/** Holds the list of call types to one for each operation and mode, so that the one that lacks is named. */
type OfEachOperation<C extends Record<Op, Record<Mode, object>>> = C;

type CallTypes<T> = OfEachOperation<{
  batchNorm: {
    inference: BatchNormInference<T>;
    training: BatchNormTraining<T>;
    backward: BatchNormBackward<T>;
  };
  layerNorm: {
    inference: LayerNormInference<T>;
    training: LayerNormTraining<T>;
    backward: LayerNormBackward<T>;
  };
  instanceNorm: {
    inference: InstanceNormInference<T>;
    training: InstanceNormTraining<T>;
    backward: InstanceNormBackward<T>;
  };
  groupNorm: {
    inference: GroupNormInference<T>;
    training: GroupNormTraining<T>;
    backward: GroupNormBackward<T>;
  };
  rmsNorm: { inference: RmsNormInference<T>; training: RmsNormTraining<T>; backward: RmsNormBackward<T> };
}>;

/** One call of one operation in one mode: what every adapter takes. */
export type NormCall<T = Tensor> = {
  [O in Op]: { [M in Mode]: { readonly op: O; readonly mode: M } & CallTypes<T>[O][M] }[Mode];
}[Op];

/** The calls of one operation, of one mode, or of both. */
export type CallOf<O extends Op = Op, M extends Mode = Mode, T = Tensor> = Extract<
  NormCall<T>,
  { op: O; mode: M }
>;

/** What an inference gives. */
export interface InferenceResult<T = Tensor> {
  /** x's shape and type. */
  readonly y: T;
  /** Where a residual was given: x + residual, of x's shape and type. */
  readonly sum?: T;
}

/** What a result has beside y where a residual was given. */
export interface WithSum<T = Tensor> {
  readonly sum: T;
}

/**
 * What a training call gives. Statistics are of x's type, float32 where x is float16: one per channel for Batch Norm,
 * [N, C] for Instance Norm, [N, groups] for Group Norm, x's shape with 1 on `axes` for Layer and RMS Norm.
 */
export interface TrainingResult<T = Tensor, X extends T = T> extends InferenceResult<X> {
  /** Not of RMS Norm. */
  readonly mean?: T;
  /** 1 / sqrt(variance + epsilon), variance over n. Not of RMS Norm. */
  readonly invStd?: T;
  /** 1 / sqrt(mean square + epsilon); of RMS Norm only. */
  readonly invRms?: T;
  /** Where running statistics were given: those after this batch. */
  readonly runningMean?: T;
  readonly runningVar?: T;
}

/** What a backward call gives. dgamma is there also without gamma: the gradient at gamma = 1. */
export interface BackwardResult<T = Tensor, X extends T = T> {
  /** x's shape and type. Where a residual was given, its gradient is the same. */
  readonly dx: X;
  /** gamma's shape and type. */
  readonly dgamma: T;
  /** gamma's shape and type. Not of RMS Norm. */
  readonly dbeta?: T;
  /** The gradients of given statistics; of Batch Norm with fixed statistics only. */
  readonly dmean?: T;
  readonly dvariance?: T;
}

/** A training result of every operation but RMS Norm. */
export interface CentredTrainingResult<T = Tensor, X extends T = T> extends TrainingResult<T, X> {
  readonly mean: T;
  readonly invStd: T;
}

/** A training result of RMS Norm. */
export interface RmsTrainingResult<T = Tensor, X extends T = T> extends InferenceResult<X> {
  readonly invRms: T;
}

/** A backward result of every operation but RMS Norm. */
export interface CentredBackwardResult<T = Tensor, X extends T = T> extends BackwardResult<T, X> {
  readonly dbeta: T;
}

/** A training result where running statistics were given. */
export interface RunningTrainingResult<T = Tensor, X extends T = T> extends CentredTrainingResult<T, X> {
  readonly runningMean: T;
  readonly runningVar: T;
}

/** A backward result where statistics were given. */
export interface FixedBackwardResult<T = Tensor, X extends T = T> extends CentredBackwardResult<T, X> {
  readonly dmean: T;
  readonly dvariance: T;
}

/** Everything that an adapter may give back, by name. */
export type NormResult<T = Tensor> = Partial<InferenceResult<T> & TrainingResult<T> & BackwardResult<T>>;

/** The names of what can come back. */
export type OutputName = keyof NormResult;

/** The result that belongs to a call. */
export type ResultOf<C extends { op: Op; mode: Mode }, T = Tensor> = C extends { mode: 'inference' }
  ? InferenceResult<T>
  : C extends { mode: 'training' }
    ? C extends { op: OpsWhere<'centred', false> }
      ? RmsTrainingResult<T>
      : CentredTrainingResult<T>
    : C extends { mode: 'backward' }
      ? C extends { op: OpsWhere<'centred', false> }
        ? BackwardResult<T>
        : CentredBackwardResult<T>
      : never;
