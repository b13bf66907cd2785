/** Keeps a widget's state in the page's address, so that a link brings it back. */
export function writeLink(entries: Readonly<Record<string, string | null>>): void {
  const address = new URL(location.href);
  for (const [name, value] of Object.entries(entries)) {
    if (value === null || value === '') address.searchParams.delete(name);
    else address.searchParams.set(name, value);
  }
  history.replaceState(history.state, '', address);
}

export function readLink(name: string): string | null {
  return new URLSearchParams(location.search).get(name);
}
