/** The five operations. */
export const OPS = ['batchNorm', 'layerNorm', 'instanceNorm', 'groupNorm', 'rmsNorm'] as const;
export type Op = (typeof OPS)[number];

/** What is asked of an operation: apply it, apply it and give its statistics, or give its gradients. */
export const MODES = ['inference', 'training', 'backward'] as const;
export type Mode = (typeof MODES)[number];

/** Where the channels are: axis 1 (`channels-first`, the default) or the last axis. */
export const LAYOUTS = ['channels-first', 'channels-last'] as const;
export type Layout = (typeof LAYOUTS)[number];

/** The arguments of a call that are tensors, in the order of their checks. */
export const TENSOR_NAMES = [
  'x',
  'residual',
  'dy',
  'dsum',
  'mask',
  'mean',
  'variance',
  'runningMean',
  'runningVar',
  'gamma',
  'beta',
] as const;
export type TensorName = (typeof TENSOR_NAMES)[number];

/** Those of x's shape and type; the others are a number for each parameter or channel. */
export const LIKE_INPUT: readonly TensorName[] = ['x', 'residual', 'dy', 'dsum'];

/**
 * The arguments that came after the first contract. A back end computes with those that it names (`NormBackend.takes`),
 * so that one which was written before them never leaves them out without a word.
 */
export const LATER_ARGUMENTS = ['residual', 'dsum', 'gammaOffset', 'mask'] as const;
export type LaterArgument = (typeof LATER_ARGUMENTS)[number];

/** Those of a residual and of gamma's offset: a few additions around a call. */
export const ADDITIONS: readonly LaterArgument[] = ['residual', 'dsum', 'gammaOffset'];

/** What tells one operation from another. All else about a call follows from these facts and its shapes. */
export interface OperationFacts {
  /**
   * Which elements share statistics: those of a channel, those along the call's `axes`, those of one sample's channel
   * (`instance`), or those of one sample's group of channels.
   */
  readonly sharedBy: 'channel' | 'axes' | 'instance' | 'group';
  /** Whether the mean is taken off: RMS Norm does not, and so has no beta. */
  readonly centred: boolean;
  /** Whether training brings running statistics forward. */
  readonly runningStatistics: boolean;
  /** Whether inference and backward take statistics that are given. */
  readonly givenStatistics: boolean;
  /** Whether x may come in two parts, `residual` the second, to be added first. */
  readonly residual: boolean;
  /** The attributes of its own, beside epsilon. */
  readonly attributes: readonly string[];
}

const FACTS = {
  batchNorm: {
    sharedBy: 'channel',
    centred: true,
    runningStatistics: true,
    givenStatistics: true,
    residual: false,
    attributes: ['layout', 'axis'],
  },
  layerNorm: {
    sharedBy: 'axes',
    centred: true,
    runningStatistics: false,
    givenStatistics: false,
    residual: true,
    attributes: ['axes', 'gammaOffset'],
  },
  instanceNorm: {
    sharedBy: 'instance',
    centred: true,
    runningStatistics: true,
    givenStatistics: false,
    residual: false,
    attributes: ['layout'],
  },
  groupNorm: {
    sharedBy: 'group',
    centred: true,
    runningStatistics: false,
    givenStatistics: false,
    residual: false,
    attributes: ['layout', 'groups'],
  },
  rmsNorm: {
    sharedBy: 'axes',
    centred: false,
    runningStatistics: false,
    givenStatistics: false,
    residual: true,
    attributes: ['axes', 'gammaOffset'],
  },
} as const satisfies Readonly<Record<Op, OperationFacts>>;

export const OPERATIONS: Readonly<Record<Op, OperationFacts>> = FACTS;

/** The operations whose fact `K` has the value `V`: those that take no mean off are `OpsWhere<'centred', false>`. */
export type OpsWhere<K extends keyof OperationFacts, V extends OperationFacts[K]> = {
  [O in Op]: (typeof FACTS)[O][K] extends V ? O : never;
}[Op];

/** Whether statistics are taken along the `axes` of a call, which then knows no channels. */
export function isAlongAxes<C extends { readonly op: Op }>(
  call: C,
): call is C & { readonly op: OpsWhere<'sharedBy', 'axes'> } {
  return OPERATIONS[call.op].sharedBy === 'axes';
}
