import { CommandError } from './command-error';
import type { AdapterEntry } from './node-adapters';

/** Commander's collector for options that repeat and take commas: `--op batchNorm,layerNorm --op rmsNorm`. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, ...value.split(',').filter((part) => part !== '')];
}

const isNative = (entry: AdapterEntry) => entry.name.startsWith('native:');

const GROUPS: Readonly<Record<string, (entry: AdapterEntry) => boolean>> = {
  all: () => true,
  ours: (entry) => !isNative(entry),
  native: isNative,
};

/**
 * The adapters that names and groups stand for, in the report's order. A group takes what is available here; a name
 * that is not available here is an error, because it was asked for.
 */
export function selectAdapters(entries: readonly AdapterEntry[], names: readonly string[]): AdapterEntry[] {
  const chosen = new Set<AdapterEntry>();
  for (const name of names) {
    const group = Object.hasOwn(GROUPS, name) ? GROUPS[name] : undefined;
    const matches = entries.filter(group ?? ((entry) => entry.name === name));
    if (matches.length === 0) {
      const known = [...Object.keys(GROUPS), ...entries.map((entry) => entry.name)].join(', ');
      throw new CommandError('usage', `--adapter ${name} is not known; expected one of ${known}.`);
    }
    if (group === undefined && matches[0]?.open === undefined) {
      throw new CommandError('environment', `${name} is not available here: ${matches[0]?.reason}.`);
    }
    for (const entry of matches) chosen.add(entry);
  }
  return entries.filter((entry) => chosen.has(entry));
}
