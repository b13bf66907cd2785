/** Section 2 of a module holds its imports (WebAssembly specification, section 5.5.5). */
const IMPORTS = 2;
/** Limits (section 5.3.7): flags, then the fewest pages and, by the flags, the most. */
const UNSHARED_WITHOUT_MAXIMUM = 0;
const SHARED_WITH_MAXIMUM = 3;
const HEADER = 8;

/**
 * The same module, importing a shared memory. The kernels use no instruction that would need to know, so that
 * what is embedded serves both; only the import says which it is.
 *
 * @param maximumPages the most pages that the memory may have.
 */
export function withSharedMemory(
  module: Uint8Array<ArrayBuffer>,
  maximumPages: number,
): Uint8Array<ArrayBuffer> {
  for (let at = HEADER; at < module.length; ) {
    const id = module[at];
    const [size, start] = readLeb(module, at + 1);
    if (id === IMPORTS) {
      // The memory is the only import, so that its limits end the section: flags and the fewest pages.
      const limits = start + size - 2;
      if (module[limits] !== UNSHARED_WITHOUT_MAXIMUM) break;
      const maximum = leb(maximumPages);
      const body = [...module.subarray(start, limits), SHARED_WITH_MAXIMUM, module[limits + 1], ...maximum];
      return Uint8Array.from([
        ...module.subarray(0, at),
        IMPORTS,
        ...leb(body.length),
        ...body,
        ...module.subarray(start + size),
      ]);
    }
    at = start + size;
  }
  throw new Error('the kernels import no memory whose limits can be rewritten');
}

function readLeb(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at];
  }
}

function leb(value: number): number[] {
  const bytes: number[] = [];
  do {
    bytes.push((value & 127) | (value > 127 ? 128 : 0));
    value = Math.floor(value / 128);
  } while (value > 0);
  return bytes;
}
