import { CommandError } from './command-error';
import type { AdapterEntry } from './node-adapters';

/** Commander's collector for options that repeat and take commas: `--op batchNorm,layerNorm --op rmsNorm`. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, ...value.split(',').filter((part) => part !== '')];
}

/** Commander's parser for a port. */
export function portOf(value: string): number {
  const port = Number(value);
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  throw new CommandError('usage', `--port ${value}: expected a whole number from 1 to 65535.`);
}

const isNative = (entry: AdapterEntry) => entry.name.startsWith('native:');

const GROUPS: Readonly<Record<string, (entry: AdapterEntry) => boolean>> = {
  all: () => true,
  ours: (entry) => !isNative(entry),
  native: isNative,
};

/** Whether a name stands for what is available here, and not for one adapter that was asked for. */
export function isGroup(name: string): boolean {
  return Object.hasOwn(GROUPS, name);
}

/**
 * The adapters that names and groups stand for, in the report's order. A group takes what is available here; a name
 * that is not available here is an error, because it was asked for. A name without its build, as in
 * `onnxruntime-web/webgpu` for `onnxruntime-web/webgpu:jsep`, stands for all builds.
 */
export function selectAdapters<E extends AdapterEntry>(entries: readonly E[], names: readonly string[]): E[] {
  const chosen = new Set<E>();
  for (const name of names) {
    const group = isGroup(name) ? GROUPS[name] : undefined;
    const matches = entries.filter(
      group ?? ((entry) => entry.name === name || entry.name.startsWith(`${name}:`)),
    );
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
