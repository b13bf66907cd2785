import type { Constant } from '../graph/constant';
import type { Operands } from '../norms/find-norms';
import type { Norm } from '../norms/norm';
import type { Refusal } from '../norms/refusal';

/** A value where a run gives it back. */
export interface Lifted {
  readonly name: string;
  /** How many axes in front count the iterations of the loops that it is in. */
  readonly iterations: number;
}

/** Numbers that a run gives, or that the file holds. */
export type Tapped = Lifted | { readonly constant: Constant };

/** A norm with all that has to be looked at to judge it. */
export interface TappedNorm {
  readonly norm: Norm;
  readonly operands: Pick<Operands, 'channelAxis'>;
  readonly x: Lifted;
  readonly y: Lifted;
  readonly gamma: Tapped | null;
  readonly beta: Tapped | null;
  readonly mean: Tapped | null;
  readonly variance: Tapped | null;
}

/** A norm that a run says nothing of. */
export interface Untapped {
  readonly norm: Norm;
  readonly why: Refusal;
}
