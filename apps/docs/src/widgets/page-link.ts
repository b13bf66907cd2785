/**
 * Keeps a widget's state in the page's address, so that a link brings it back.
 *
 * @param fragment what a link scrolls to. Default: what the address has.
 */
export function writeLink(entries: Readonly<Record<string, string | null>>, fragment?: string): void {
  const address = new URL(location.href);
  for (const [name, value] of Object.entries(entries)) {
    if (value === null || value === '') address.searchParams.delete(name);
    else address.searchParams.set(name, value);
  }
  if (fragment !== undefined) address.hash = fragment;
  history.replaceState(history.state, '', address);
}

export function readLink(name: string): string | null {
  return new URLSearchParams(location.search).get(name);
}
