import type { CatalogueEntry } from '@normlayers/catalogue';
import { lackedByBrowser } from '@normlayers/catalogue/browser-needs';
import { onMounted, reactive } from 'vue';
import { ADAPTERS } from './adapter-list';

/** What a browser may lack. */
export type BrowserNeed = 'webgpu' | 'webgl2' | 'webnn' | 'shared memory';

const NEEDS: readonly BrowserNeed[] = ['webgpu', 'webgl2', 'webnn', 'shared memory'];

/** Asked once for all widgets of a page. */
let asked: Promise<readonly BrowserNeed[]> | undefined;

/** Adapters that cannot run in this browser, with what is missing; none until it is known. */
export function useMissing(): ReadonlyMap<string, BrowserNeed> {
  const missing = reactive(new Map<string, BrowserNeed>());
  onMounted(async () => {
    asked ??= lackedHere();
    const lacked = await asked;
    for (const entry of ADAPTERS) {
      const need = firstOf(entry, lacked);
      if (need !== undefined) missing.set(entry.name, need);
    }
  });
  return missing;
}

async function lackedHere(): Promise<readonly BrowserNeed[]> {
  const reasons = await Promise.all(NEEDS.map(lackedByBrowser));
  return NEEDS.filter((_, i) => reasons[i] !== null);
}

function firstOf({ needs }: CatalogueEntry, lacked: readonly BrowserNeed[]): BrowserNeed | undefined {
  return lacked.find((need) => needs.includes(need));
}
