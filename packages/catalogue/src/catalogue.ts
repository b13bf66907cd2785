import type { CatalogueEntry } from './entry';
import { NORMLAYERS } from './families/normlayers';
import { ONNXRUNTIME_WEB } from './families/onnxruntime-web';
import { TFJS } from './families/tfjs';
import { JAX } from './peers/jax';
import { TFJS_PEERS } from './peers/tfjs-peers';

const KINDS = ['ours', 'native', 'peer'] as const;

/** Every back end, in the order of reports: ours first, then the frameworks' own operators, then peers. */
export const CATALOGUE: readonly CatalogueEntry[] = KINDS.flatMap((kind) =>
  [...NORMLAYERS, ...ONNXRUNTIME_WEB, ...TFJS, ...TFJS_PEERS, ...JAX].filter((entry) => entry.kind === kind),
);

/** What the suite is run over; the benchmark has all of `CATALOGUE`. */
export const SUITE_ENTRIES: readonly CatalogueEntry[] = CATALOGUE.filter(({ timedOnly }) => !timedOnly);

/** The back end of a name; undefined where there is none. */
export function entryOf(name: string): CatalogueEntry | undefined {
  return CATALOGUE.find((entry) => entry.name === name);
}
