import { absenceOf, type CatalogueEntry } from '@normlayers/catalogue';
import { uninstalled } from '@normlayers/catalogue/node';
import { CommandError } from '../command-error';
import { HOST } from '../deno/host';

const GROUPS: Readonly<Record<string, (entry: CatalogueEntry) => boolean>> = {
  all: () => true,
  ours: ({ kind }) => kind === 'ours',
  native: ({ kind }) => kind === 'native',
};

/** Whether a name stands for what is available here, and not for one adapter that was asked for. */
export function isGroup(name: string): boolean {
  return Object.hasOwn(GROUPS, name);
}

/**
 * The adapters that names and groups stand for, in the report's order. A name without its build, as in
 * `onnxruntime-web/webgpu` for `onnxruntime-web/webgpu:jsep`, stands for all builds.
 *
 * @param without those that are left out, by the same names.
 * @param option what the names were given by, in the error.
 * @throws CommandError `usage` for a name that is not known.
 */
export function selectAdapters(
  entries: readonly CatalogueEntry[],
  names: readonly string[],
  without: readonly string[] = [],
  option = 'adapter',
): CatalogueEntry[] {
  const left = without.length === 0 ? [] : selectAdapters(entries, without, [], 'without');
  const chosen = new Set<CatalogueEntry>();
  for (const name of names) {
    const group = isGroup(name) ? GROUPS[name] : undefined;
    const matches = entries.filter(
      group ?? ((entry) => entry.name === name || entry.name.startsWith(`${name}:`)),
    );
    if (matches.length === 0) {
      const known = [...Object.keys(GROUPS), ...entries.map((entry) => entry.name)].join(', ');
      throw new CommandError('usage', `--${option} ${name} is not known; expected one of ${known}.`);
    }
    for (const entry of matches) chosen.add(entry);
  }
  return entries.filter((entry) => chosen.has(entry) && !left.includes(entry));
}

/**
 * The adapters that were asked for one by one, and not as part of a group. A name of an adapter asks for that one alone: its
 * builds, as `tfjs/wasm:threads` for `tfjs/wasm`, come along where they can.
 */
export function askedByName(entries: readonly CatalogueEntry[], names: readonly string[]): CatalogueEntry[] {
  return names
    .filter((name) => !isGroup(name))
    .flatMap((name) => {
      const exact = entries.filter((entry) => entry.name === name);
      return exact.length > 0 ? exact : selectAdapters(entries, [name]);
    });
}

/**
 * @param here whether they are to run in this process, and not in a browser.
 * @throws CommandError `environment` where this process lacks what an adapter needs that was asked for by name, or its framework
 *   is not installed.
 */
export async function checkAvailable(asked: readonly CatalogueEntry[], here: boolean): Promise<void> {
  for (const entry of asked) {
    const absence = here ? await absenceOf(entry, HOST) : null;
    const lacking = absence?.reason ?? uninstalled(entry);
    if (lacking !== null) {
      throw new CommandError('environment', `${entry.name} is not available here: ${lacking}.`);
    }
  }
}
