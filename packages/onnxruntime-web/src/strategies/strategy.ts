import type { CallPlan, NormResult, TensorsOf } from '@normlayers/core/adapter';
import type { DescribedCall } from '@normlayers/onnx';
import type { OrtTensor } from '../runtime/framework';

/** A checked call, with its tensors in ONNX Runtime's hands. */
export interface OrtCall {
  readonly call: DescribedCall;
  readonly plan: CallPlan;
  readonly tensors: TensorsOf<OrtTensor>;
}

/** Computes a call that has been made ready, as often as it is called. */
export type Compute = () => Promise<NormResult<OrtTensor>>;
