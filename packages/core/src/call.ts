import type { Tensor } from './tensor';

/** The five operations. */
export type Op = 'batchNorm' | 'layerNorm' | 'instanceNorm' | 'groupNorm' | 'rmsNorm';

/** What is asked of an operation: apply it, apply it and give its statistics, or give its gradients. */
export type Mode = 'inference' | 'training' | 'backward';

/** Where the channels are: axis 1 (`channels-first`, the default) or the last axis. */
export type Layout = 'channels-first' | 'channels-last';

/** Whose rule updates running statistics; see `CONVENTIONS`. */
export type Convention = 'pytorch' | 'keras' | 'onnx' | 'flax';

/** What every operation takes. Parameters are of x's type, or float32 where x is float16. */
interface Common {
  /** The input. */
  readonly x: Tensor;
  /** Scale, one per channel (per normalized element for Layer and RMS Norm). Default: 1. */
  readonly gamma?: Tensor | undefined;
  /** Added to the variance under the root; 0 or more. Default: 1e-5. */
  readonly epsilon?: number | undefined;
}

interface Shifted extends Common {
  /** Shift, shaped like gamma. Default: 0. */
  readonly beta?: Tensor | undefined;
}

interface Gradient {
  /** The loss's gradient with respect to y: x's shape and type. */
  readonly dy: Tensor;
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
export interface RunningStats {
  /** One per channel, before this batch. */
  readonly runningMean?: Tensor | undefined;
  /** One per channel, before this batch. */
  readonly runningVar?: Tensor | undefined;
  /** Whose rule; required with running statistics, never guessed. */
  readonly convention?: Convention | undefined;
  /** In the convention's own direction, in [0, 1]; null is PyTorch's cumulative average. Default: the convention's. */
  readonly momentum?: number | null | undefined;
  /** How many batches the statistics already hold; needed for `momentum: null` only. */
  readonly numBatchesTracked?: number | undefined;
}

/** Statistics that are given, not computed: one mean and one variance per channel. */
interface FixedStatistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

export type BatchNormInference = Shifted & AnyChannelAxis & FixedStatistics;
export type BatchNormTraining = Shifted & AnyChannelAxis & RunningStats;
/** With mean and variance: the gradient through fixed statistics. Without: through the batch's own. */
export type BatchNormBackward = Common & Gradient & AnyChannelAxis & Partial<FixedStatistics>;

export type LayerNormInference = Shifted & AnyAxes;
export type LayerNormTraining = LayerNormInference;
export type LayerNormBackward = Common & Gradient & AnyAxes;

export type InstanceNormInference = Shifted & Channelled;
export type InstanceNormTraining = Shifted & Channelled & RunningStats;
export type InstanceNormBackward = Common & Gradient & Channelled;

interface Grouped {
  /** How many groups the channels fall into; divides their number. */
  readonly groups: number;
}

export type GroupNormInference = Shifted & Channelled & Grouped;
export type GroupNormTraining = GroupNormInference;
export type GroupNormBackward = Common & Gradient & Channelled & Grouped;

export type RmsNormInference = Common & AnyAxes;
export type RmsNormTraining = RmsNormInference;
export type RmsNormBackward = Common & Gradient & AnyAxes;

interface CallTypes {
  batchNorm: { inference: BatchNormInference; training: BatchNormTraining; backward: BatchNormBackward };
  layerNorm: { inference: LayerNormInference; training: LayerNormTraining; backward: LayerNormBackward };
  instanceNorm: {
    inference: InstanceNormInference;
    training: InstanceNormTraining;
    backward: InstanceNormBackward;
  };
  groupNorm: { inference: GroupNormInference; training: GroupNormTraining; backward: GroupNormBackward };
  rmsNorm: { inference: RmsNormInference; training: RmsNormTraining; backward: RmsNormBackward };
}

/** One call of one operation in one mode: what every adapter takes. */
export type NormCall = {
  [O in Op]: { [M in Mode]: { readonly op: O; readonly mode: M } & CallTypes[O][M] }[Mode];
}[Op];

/** The calls of one operation, of one mode, or of both. */
export type CallOf<O extends Op = Op, M extends Mode = Mode> = Extract<NormCall, { op: O; mode: M }>;

/** What an inference gives. */
export interface InferenceResult {
  /** x's shape and type. */
  readonly y: Tensor;
}

/**
 * What a training call gives. Statistics are of x's type, float32 where x is float16: one per channel for Batch Norm,
 * [N, C] for Instance Norm, [N, groups] for Group Norm, x's shape with 1 on `axes` for Layer and RMS Norm.
 */
export interface TrainingResult extends InferenceResult {
  /** Not of RMS Norm. */
  readonly mean?: Tensor;
  /** 1 / sqrt(variance + epsilon), variance over n. Not of RMS Norm. */
  readonly invStd?: Tensor;
  /** 1 / sqrt(mean square + epsilon); of RMS Norm only. */
  readonly invRms?: Tensor;
  /** Where running statistics were given: those after this batch. */
  readonly runningMean?: Tensor;
  readonly runningVar?: Tensor;
}

/** What a backward call gives. dgamma is there also without gamma: the gradient at gamma = 1. */
export interface BackwardResult {
  /** x's shape and type. */
  readonly dx: Tensor;
  /** gamma's shape and type. */
  readonly dgamma: Tensor;
  /** gamma's shape and type. Not of RMS Norm. */
  readonly dbeta?: Tensor;
  /** The gradients of given statistics; of Batch Norm with fixed statistics only. */
  readonly dmean?: Tensor;
  readonly dvariance?: Tensor;
}

/** Everything that an adapter may give back, by name. */
export type NormResult = Partial<InferenceResult & TrainingResult & BackwardResult>;

/** The names of what can come back. */
export type OutputName = keyof NormResult;

/** The result that belongs to a call. */
export type ResultOf<C extends NormCall> = C extends { mode: 'inference' }
  ? InferenceResult
  : C extends { mode: 'training' }
    ? TrainingResult
    : C extends { mode: 'backward' }
      ? BackwardResult
      : never;
