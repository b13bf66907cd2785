import type { Need } from './entry';
import type { Frameworks } from './frameworks';

/** Where back ends run: what it lacks, and how it loads frameworks. */
export interface Host {
  readonly frameworks: Frameworks;
  /** Why something is missing here, in a sentence; null where it is there. */
  lacks(need: Need): Promise<string | null>;
}
