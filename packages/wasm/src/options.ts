import { checkArguments, describe, NormError } from '@normlayers/core/adapter';
import type { KernelChoice } from './kernels/kernel-files';

/** How the kernels are set up. */
export interface WasmOptions extends KernelChoice {
  /**
   * How large the kernels' memory may become; on several threads, each of the two. Default, and most: 2 GiB.
   */
  readonly maximumBytes?: number | undefined;
  /**
   * How many threads compute, where there is enough to do: this one and workers, over shared memory. Default:
   * 1. Needs cross-origin isolation in a page, and a policy that lets workers start from blobs (see
   * `threadsUnavailable`).
   */
  readonly threads?: number | undefined;
}

const KNOWN: readonly (keyof WasmOptions)[] = [
  'threads',
  'maximumBytes',
  'relaxed',
  'readAhead',
  'float64',
  'kernels',
];

const MOST_BYTES = 2 ** 31;
/** More would not fit into the shared memory's first pages, and no machine in a browser has as many cores. */
const MOST_THREADS = 256;

/** @throws NormError `unknown-argument` for an option that is not known, or a value that is none for it. */
export function checkedOptions(
  options: WasmOptions,
  asking: string,
  threadsByDefault: number,
): KernelChoice & { readonly threads: number; readonly maximumBytes: number } {
  if (typeof options !== 'object' || options === null) {
    throw new NormError(
      'unknown-argument',
      `${asking} takes { ${KNOWN.join(', ')} }, and nothing else; it got ${describe(options)}.`,
    );
  }
  checkArguments(asking, options, KNOWN);
  const { threads = threadsByDefault, maximumBytes = MOST_BYTES, ...choice } = options;
  const { relaxed, readAhead, float64, kernels } = choice;
  expectOption(
    'threads',
    threads,
    isCount(threads, MOST_THREADS),
    `a whole number from 1 to ${MOST_THREADS}`,
  );
  expectOption(
    'maximumBytes',
    maximumBytes,
    isCount(maximumBytes, MOST_BYTES),
    `a whole number of bytes from 1 to ${MOST_BYTES}`,
  );
  expectOption('relaxed', relaxed, isFlag(relaxed), 'true or false');
  expectOption('readAhead', readAhead, isFlag(readAhead), 'true or false');
  expectOption('float64', float64, isFlag(float64), 'true or false');
  expectOption(
    'kernels',
    kernels,
    kernels === undefined || (typeof kernels === 'object' && kernels !== null),
    'the kernels of @normlayers/wasm/embedded, or files by name',
  );
  return { threads, maximumBytes, ...choice };
}

function isCount(value: unknown, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most;
}

function isFlag(value: unknown): boolean {
  return value === undefined || typeof value === 'boolean';
}

function expectOption(argument: string, value: unknown, fits: boolean, expected: string): void {
  if (fits) return;
  throw new NormError('unknown-argument', `${argument} is ${describe(value)}; expected ${expected}.`, {
    argument,
  });
}
