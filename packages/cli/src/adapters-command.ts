import type { BrowserRuntime } from '@normlayers/browsers';
import { runBrowserConformance } from './browser/browser-conformance';
import { green, yellow } from './colours';
import { NODE_ADAPTERS } from './node-adapters';
import { BROWSER_ADAPTERS } from './page/browser-adapters';
import { startProgress } from './progress';
import { type BrowserFlags, runtimeOf } from './runtime';

export interface AdaptersOptions extends BrowserFlags {
  readonly runtime: string;
}

/** Prints every adapter: available with what it is, or not and why. */
export async function printAdapters(options: AdaptersOptions): Promise<void> {
  const runtime = runtimeOf(options);
  if (runtime === 'node') return printNodeAdapters();
  const reasons = await reasonsInBrowser(runtime, options);
  const print = lines(BROWSER_ADAPTERS);
  for (const { name, about } of BROWSER_ADAPTERS) {
    for (const [reported, reason] of reasons) {
      // Of several remote browsers a report's name ends in its browser's.
      if (reported === name || reported.startsWith(`${name} @`)) print(reported, about, reason);
    }
  }
}

async function printNodeAdapters(): Promise<void> {
  const print = lines(NODE_ADAPTERS);
  for (const { name, about, open, reason } of NODE_ADAPTERS) {
    const outcome = open === undefined ? { reason } : await tryToOpen(open);
    print(name, about, outcome.reason);
  }
}

async function tryToOpen(
  open: NonNullable<(typeof NODE_ADAPTERS)[number]['open']>,
): Promise<{ reason?: string }> {
  try {
    await (await open()).dispose();
    return {};
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

/** Why each adapter is not available in the browser, found by a run of no cases; undefined where it is. */
async function reasonsInBrowser(
  runtime: BrowserRuntime,
  options: AdaptersOptions,
): Promise<[string, string | undefined][]> {
  const progress = startProgress(false);
  try {
    const { reports } = await runBrowserConformance({
      options: { ...options, runtime },
      adapters: BROWSER_ADAPTERS,
      cases: [],
      ops: [],
      progress,
    });
    return reports.map(({ name, available, reason }) => [name, available ? undefined : reason]);
  } finally {
    progress.stop();
  }
}

function lines(
  entries: readonly { readonly name: string }[],
): (name: string, about: string, reason: string | undefined) => void {
  const width = Math.max(...entries.map(({ name }) => name.length));
  return (name, about, reason) => {
    const state = reason === undefined ? green('available') : yellow('not here ');
    console.log(`${name.padEnd(width)}  ${state}  ${reason ?? about}`);
  };
}
