import type { CallPlan, NormCall, NormResult } from '@normlayers/core/adapter';
import type { DescribedCall } from '@normlayers/onnx';
import type { OrtTensor } from '../runtime/framework';

/** A checked call, with its tensors in ONNX Runtime's hands. */
export interface OrtCall {
  readonly call: NormCall<OrtTensor>;
  /** The same with its tensors by type and shape. */
  readonly described: DescribedCall;
  readonly plan: CallPlan;
  /** Where y, or dx, goes; by default into a tensor of its own. Strategy `kernels` alone takes it. */
  readonly out?: OrtTensor;
}

/** Computes a call that has been made ready, as often as it is called. */
export type Compute = () => Promise<NormResult<OrtTensor>>;

/** What computes calls in one of the ways that there are. */
export interface Computer {
  /** Loads and compiles what a call needs. */
  prepare(call: OrtCall): Promise<Compute>;
  /** Frees everything, once no call is under way. */
  dispose(): Promise<void>;
}
