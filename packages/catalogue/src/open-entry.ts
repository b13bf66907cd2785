import type { NormAdapter } from '@normlayers/core';
import type { BrowserAdapterEntry } from './browser-adapters';
import { missing } from './browser-features';

/** Why an adapter is not there; `expected` where this browser has no such device, and nothing is wrong with it. */
export interface Absence {
  readonly reason: string;
  readonly expected: boolean;
}

/** @throws Error where the page knows no adapter of this name. */
export async function openAdapter(
  entries: readonly BrowserAdapterEntry[],
  name: string,
): Promise<NormAdapter | Absence> {
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry === undefined) throw new Error(`the page knows no adapter ${name}`);
  const lacking = entry.needs === undefined ? null : await missing(entry.needs);
  if (lacking !== null) return { reason: lacking, expected: true };
  try {
    return await entry.open();
  } catch (error) {
    return { reason: (error as Error).message, expected: false };
  }
}
