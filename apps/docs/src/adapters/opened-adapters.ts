import { entryOf, openEntry } from '@normlayers/catalogue';
import { BUNDLE } from '@normlayers/catalogue/bundle';
import type { NormAdapter } from '@normlayers/core';
import type { Reason } from '../text/reason';

const opened = new Map<string, Promise<NormAdapter>>();

/** Why an adapter is not available, thrown. */
export class AbsentAdapter extends Error implements Reason {
  readonly reason: string;
  readonly code: string | undefined;

  constructor(reason: string, code?: string) {
    super(reason);
    this.name = 'AbsentAdapter';
    this.reason = reason;
    this.code = code;
  }
}

/** What was thrown on opening an adapter, as a reason. */
export function reasonOf(error: unknown): Reason {
  if (error instanceof AbsentAdapter) return { reason: error.reason, code: error.code };
  return { reason: error instanceof Error ? error.message : String(error) };
}

/** An adapter of the list by name, opened once in a worker. @throws AbsentAdapter where it is not available. */
export function openAdapter(name: string): Promise<NormAdapter> {
  const known = opened.get(name);
  if (known !== undefined) return known;
  const opening = open(name);
  opened.set(name, opening);
  // What could not be fetched may be there the next time.
  opening.catch(() => opened.delete(name));
  return opening;
}

async function open(name: string): Promise<NormAdapter> {
  const entry = entryOf(name);
  if (entry === undefined) throw new Error(`the catalogue has no adapter ${name}`);
  const adapter = await openEntry(entry, BUNDLE);
  if ('reason' in adapter) throw new AbsentAdapter(adapter.reason, adapter.need);
  return adapter;
}
