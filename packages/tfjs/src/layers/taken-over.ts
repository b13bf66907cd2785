import {
  type CallPlan,
  type NormCall,
  NormError,
  planCall,
  type TensorDescription,
} from '@normlayers/core/adapter';
import type { TfTensor } from '../framework';
import { checkComputable } from '../support';

/**
 * The plan of a call that we take over from TensorFlow.js; null for a call that this package refuses, such as one on
 * int32 tensors or with a momentum of 2. TensorFlow.js then computes that call, or refuses it in its own words.
 */
export function planOfTakenOver(call: NormCall<TfTensor>): CallPlan | null {
  try {
    const plan = planCall(call as NormCall<TensorDescription>, 'device');
    checkComputable(call, plan);
    return plan;
  } catch (error) {
    if (error instanceof NormError) return null;
    throw error;
  }
}
