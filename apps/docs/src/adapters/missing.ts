import type { CatalogueEntry } from '@normlayers/catalogue';
import { lackedByBrowser } from '@normlayers/catalogue/browser-needs';
import { ADAPTERS } from './adapter-list';

/** What a browser may lack. */
export type BrowserNeed = 'webgpu' | 'webgl2' | 'webnn' | 'shared memory';

const NEEDS: readonly BrowserNeed[] = ['webgpu', 'webgl2', 'webnn', 'shared memory'];
/** How long a browser may take to say what it has, in ms; one that says nothing is thought to have all. */
const PATIENCE = 2000;

let lacked: readonly BrowserNeed[] = [];
let asked: Promise<void> | undefined;

/** Asks the browser, once. Widgets that offer adapters are shown after it has answered: nothing in them moves later. */
export function askTheBrowser(): Promise<void> {
  asked ??= Promise.race([
    Promise.all(NEEDS.map(lackedByBrowser)).then((reasons) => {
      lacked = NEEDS.filter((_, i) => reasons[i] !== null);
    }),
    new Promise<void>((resolve) => setTimeout(resolve, PATIENCE)),
  ]);
  return asked;
}

/** Whether this browser lacks something, as it has answered. */
export function isLackedHere(need: BrowserNeed): boolean {
  return lacked.includes(need);
}

/** Adapters that cannot run in this browser, with what is missing. */
export function missingHere(): ReadonlyMap<string, BrowserNeed> {
  return new Map(
    ADAPTERS.flatMap((entry) => {
      const need = firstOf(entry);
      return need === undefined ? [] : [[entry.name, need] as const];
    }),
  );
}

function firstOf({ needs }: CatalogueEntry): BrowserNeed | undefined {
  return lacked.find((need) => needs.includes(need));
}
