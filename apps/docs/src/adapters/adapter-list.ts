import { type CatalogueEntry, SUITE_ENTRIES } from '@normlayers/catalogue';

/** Every adapter that runs here, named as by the command: a page holds one build of each framework. */
export const ADAPTERS: readonly CatalogueEntry[] = SUITE_ENTRIES.filter(
  ({ needs }) => !needs.includes('own page') && !needs.includes('node'),
);

/** The adapters that a link names and the list has; of anything else nothing. */
export function knownAdapters(names: string | null): string[] {
  return (names ?? '').split(',').filter((name) => ADAPTERS.some((entry) => entry.name === name));
}
