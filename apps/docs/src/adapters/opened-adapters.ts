import { entryOf, openEntry } from '@normlayers/catalogue';
import { BUNDLE } from '@normlayers/catalogue/bundle';
import type { NormAdapter } from '@normlayers/core';

const opened = new Map<string, Promise<NormAdapter>>();

/** An adapter of the list by name, opened once in a worker. @throws Error with the reason where it is not available. */
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
  if ('reason' in adapter) throw new Error(adapter.reason);
  return adapter;
}
