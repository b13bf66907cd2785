import type { BrowserRuntime } from '@normlayers/browsers';
import { type CatalogueEntry, openEntry, SUITE_ENTRIES } from '@normlayers/catalogue';
import { uninstalled } from '@normlayers/catalogue/node';
import { suiteInBrowser } from '../browsers/suite-in-browser';
import { EXIT } from '../command-error';
import { HOST } from '../deno/host';
import { type BrowserFlags, isProcess, runtimeOf } from '../options/runtime';
import { green, yellow } from '../output/colours';
import { startProgress } from '../output/progress';

export interface AdaptersOptions extends BrowserFlags {
  readonly runtime: string;
}

/** Prints every adapter of the suite: available with what it is, or not and why. */
export async function printAdapters(options: AdaptersOptions): Promise<number> {
  const runtime = runtimeOf(options);
  const width = Math.max(...SUITE_ENTRIES.map(({ name }) => name.length));
  const print = ({ name, about }: Pick<CatalogueEntry, 'name' | 'about'>, reason: string | undefined) => {
    const state = reason === undefined ? green('available') : yellow('not here ');
    console.log(`${name.padEnd(width)}  ${state}  ${reason ?? about}`);
  };
  for (const entry of SUITE_ENTRIES) {
    const reason = uninstalled(entry);
    if (reason !== null) print(entry, reason);
    else if (isProcess(runtime)) print(entry, await reasonHere(entry));
  }
  if (isProcess(runtime)) return EXIT.passed;
  const reasons = await reasonsInBrowser(runtime, options);
  for (const entry of SUITE_ENTRIES) {
    for (const [reported, reason] of reasons) {
      // Of several remote browsers a report's name ends in its browser's.
      const isIts = reported === entry.name || reported.startsWith(`${entry.name} @`);
      if (isIts) print({ ...entry, name: reported }, reason);
    }
  }
  return EXIT.passed;
}

async function reasonHere(entry: CatalogueEntry): Promise<string | undefined> {
  const opened = await openEntry(entry, HOST);
  if ('reason' in opened) return opened.reason;
  await opened.dispose();
  return undefined;
}

/** Why each adapter is not available in the browser, found by a run of no cases; undefined where it is. */
async function reasonsInBrowser(
  runtime: BrowserRuntime,
  options: AdaptersOptions,
): Promise<[string, string | undefined][]> {
  const progress = startProgress(false);
  try {
    const { reports, stopped } = await suiteInBrowser({
      browser: { ...options, runtime },
      adapters: SUITE_ENTRIES.filter((entry) => uninstalled(entry) === null),
      cases: [],
      selection: { ops: [], modes: [], dtypes: [], names: [] },
      progress,
    });
    if (stopped !== null) throw stopped;
    return reports.map(({ name, available, reason }) => [name, available ? undefined : reason]);
  } finally {
    progress.stop();
  }
}
