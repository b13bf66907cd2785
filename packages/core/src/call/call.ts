import type { Tensor } from '../tensor/tensor';
import type { Layout, Mode, Op } from './operations';

export type { Layout, Mode, Op, TensorName } from './operations';

// Every type takes the kind of tensor as T: core's own by default, a framework's tensors in its adapter's functions.

/** Whose rule updates running statistics; see `CONVENTIONS`. */
export type Convention = 'pytorch' | 'keras' | 'onnx' | 'flax';

/** What every operation takes. Parameters are of x's type, or float32 where x is float16. */
interface Common<T = Tensor> {
  /** The input. */
  readonly x: T;
  /** Scale, one per channel (per normalized element for Layer and RMS Norm). Default: 1. */
  readonly gamma?: T | undefined;
  /** Added to the variance under the root; 0 or more. Default: 1e-5. */
  readonly epsilon?: number | undefined;
}

interface Shifted<T = Tensor> extends Common<T> {
  /** Shift, shaped like gamma. Default: 0. */
  readonly beta?: T | undefined;
}

interface Gradient<T = Tensor> {
  /** The loss's gradient with respect to y: x's shape and type. */
  readonly dy: T;
}

interface Channelled {
  /** Default: `channels-first`. */
  readonly layout?: Layout | undefined;
}

interface AnyChannelAxis extends Channelled {
  /** The channel axis itself, negative from the end; instead of `layout`. */
  readonly axis?: number | undefined;
}

interface AnyAxes {
  /**
   * The axes that share statistics, negative from the end. gamma and beta have their dimensions in the order given
   * here. Default: the last axis. `trailingAxes` turns PyTorch's normalizedShape into this.
   */
  readonly axes?: readonly number[] | undefined;
}

/** Running statistics to be brought forward by a training call; all of it optional, statistics in a pair. */
export interface RunningStats<T = Tensor> {
  /** One per channel, before this batch. */
  readonly runningMean?: T | undefined;
  /** One per channel, before this batch. */
  readonly runningVar?: T | undefined;
  /** Whose rule; required with running statistics, never guessed. */
  readonly convention?: Convention | undefined;
  /** In the convention's own direction, in [0, 1]; null is PyTorch's cumulative average. Default: the convention's. */
  readonly momentum?: number | null | undefined;
  /** How many batches the statistics already hold; needed for `momentum: null` only. */
  readonly numBatchesTracked?: number | undefined;
}

/** Statistics that are given, not computed: one mean and one variance per channel. */
interface FixedStatistics<T = Tensor> {
  readonly mean: T;
  readonly variance: T;
}

export type BatchNormInference<T = Tensor> = Shifted<T> & AnyChannelAxis & FixedStatistics<T>;
export type BatchNormTraining<T = Tensor> = Shifted<T> & AnyChannelAxis & RunningStats<T>;
/** With mean and variance: the gradient through fixed statistics. Without: through the batch's own. */
export type BatchNormBackward<T = Tensor> = Common<T> &
  Gradient<T> &
  AnyChannelAxis &
  Partial<FixedStatistics<T>>;

export type LayerNormInference<T = Tensor> = Shifted<T> & AnyAxes;
export type LayerNormTraining<T = Tensor> = LayerNormInference<T>;
export type LayerNormBackward<T = Tensor> = Common<T> & Gradient<T> & AnyAxes;

export type InstanceNormInference<T = Tensor> = Shifted<T> & Channelled;
export type InstanceNormTraining<T = Tensor> = Shifted<T> & Channelled & RunningStats<T>;
export type InstanceNormBackward<T = Tensor> = Common<T> & Gradient<T> & Channelled;

interface Grouped {
  /** How many groups the channels fall into; divides their number. */
  readonly groups: number;
}

export type GroupNormInference<T = Tensor> = Shifted<T> & Channelled & Grouped;
export type GroupNormTraining<T = Tensor> = GroupNormInference<T>;
export type GroupNormBackward<T = Tensor> = Common<T> & Gradient<T> & Channelled & Grouped;

export type RmsNormInference<T = Tensor> = Common<T> & AnyAxes;
export type RmsNormTraining<T = Tensor> = RmsNormInference<T>;
export type RmsNormBackward<T = Tensor> = Common<T> & Gradient<T> & AnyAxes;

interface CallTypes<T> {
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
}

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
}

/**
 * What a training call gives. Statistics are of x's type, float32 where x is float16: one per channel for Batch Norm,
 * [N, C] for Instance Norm, [N, groups] for Group Norm, x's shape with 1 on `axes` for Layer and RMS Norm.
 */
export interface TrainingResult<T = Tensor> extends InferenceResult<T> {
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
export interface BackwardResult<T = Tensor> {
  /** x's shape and type. */
  readonly dx: T;
  /** gamma's shape and type. */
  readonly dgamma: T;
  /** gamma's shape and type. Not of RMS Norm. */
  readonly dbeta?: T;
  /** The gradients of given statistics; of Batch Norm with fixed statistics only. */
  readonly dmean?: T;
  readonly dvariance?: T;
}

/** A training result of every operation but RMS Norm. */
export interface CentredTrainingResult<T = Tensor> extends TrainingResult<T> {
  readonly mean: T;
  readonly invStd: T;
}

/** A training result of RMS Norm. */
export interface RmsTrainingResult<T = Tensor> extends InferenceResult<T> {
  readonly invRms: T;
}

/** A backward result of every operation but RMS Norm. */
export interface CentredBackwardResult<T = Tensor> extends BackwardResult<T> {
  readonly dbeta: T;
}

/** Everything that an adapter may give back, by name. */
export type NormResult<T = Tensor> = Partial<InferenceResult<T> & TrainingResult<T> & BackwardResult<T>>;

/** The names of what can come back. */
export type OutputName = keyof NormResult;

/** The result that belongs to a call. */
export type ResultOf<C extends { op: Op; mode: Mode }, T = Tensor> = C extends { mode: 'inference' }
  ? InferenceResult<T>
  : C extends { mode: 'training' }
    ? C extends { op: 'rmsNorm' }
      ? RmsTrainingResult<T>
      : CentredTrainingResult<T>
    : C extends { mode: 'backward' }
      ? C extends { op: 'rmsNorm' }
        ? BackwardResult<T>
        : CentredBackwardResult<T>
      : never;
