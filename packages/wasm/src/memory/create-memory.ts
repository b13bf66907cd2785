import { NormError } from '@normlayers/core/adapter';

/** @throws NormError `out-of-memory`. */
export function createMemory(descriptor: WebAssembly.MemoryDescriptor): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory(descriptor);
  } catch (cause) {
    throw new NormError(
      'out-of-memory',
      `the engine gave no memory (${(cause as Error).message}); a smaller maximumBytes may help.`,
      { cause },
    );
  }
}
