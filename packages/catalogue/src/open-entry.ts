import type { NormAdapter } from '@normlayers/core';
import type { CatalogueEntry, Need } from './entry';
import type { Host } from './host';

/** Why a back end is not there. */
export interface Absence {
  readonly reason: string;
  /** What the host lacks; absent where the framework should have loaded, and did not. */
  readonly need?: Need;
}

/** What a host lacks of what a back end needs; null where nothing stands against it. */
export async function absenceOf({ needs }: CatalogueEntry, host: Host): Promise<Absence | null> {
  for (const need of needs) {
    const reason = await host.lacks(need);
    if (reason !== null) return { reason, need };
  }
  return null;
}

/** Opens a back end under its own name and kind: two builds of one framework call themselves alike. Never throws. */
export async function openEntry(entry: CatalogueEntry, host: Host): Promise<NormAdapter | Absence> {
  const absence = await absenceOf(entry, host);
  if (absence !== null) return absence;
  try {
    return { ...(await entry.open(host.frameworks)), name: entry.name, kind: entry.kind };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}
