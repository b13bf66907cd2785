import type { NormResult, OutputName } from '@normlayers/core/adapter';

/** The same for each of a call's results, which keep their names. */
export function mapResults<T, U>(
  results: { readonly [name in OutputName]?: T },
  make: (result: T, name: OutputName) => U,
): NormResult<U> {
  const entries = Object.entries(results) as [OutputName, T][];
  return Object.fromEntries(entries.map(([name, result]) => [name, make(result, name)]));
}
