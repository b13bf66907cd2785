import { describe, NormError } from '@normlayers/core/adapter';
import { hasRelaxedSimd, hasSimd } from './engine';

/** The kernels' files: what `@normlayers/wasm/kernels/*.wasm` serves. */
export type KernelFile = 'float32' | 'float32-relaxed' | 'float64' | 'float64-relaxed' | 'float16';

/**
 * The files' contents: a file as it is, or, as in `@normlayers/wasm/embedded`, deflated (RFC 1951) and in
 * base 64.
 */
export type KernelFiles = { readonly [file in KernelFile]?: Uint8Array<ArrayBuffer> | ArrayBuffer | string };

/** Which kernels are wanted. */
export interface KernelChoice {
  /** Relaxed SIMD (fused multiply-add): by default where the engine has it; false keeps to the baseline. */
  readonly relaxed?: boolean | undefined;
  /**
   * Whether float32 rows of Layer and RMS Norm are read while the ones before are written, where they come from memory: on
   * some processors a quarter faster, on others a quarter slower, and the same bits. Default: the first large calls time
   * both, once a process, and small ones are not read ahead.
   */
  readonly readAhead?: boolean | undefined;
  /** Whether calls on float64 will come. Default: true. With false a page downloads 5 kB less. */
  readonly float64?: boolean | undefined;
  /**
   * The kernels themselves, where `import()` is forbidden, as in a service worker (those of
   * `@normlayers/wasm/embedded`), or where they are served as files. Default: the embedded ones that are
   * needed, by `import()`.
   */
  readonly kernels?: KernelFiles | undefined;
}

/** Which instructions kernels are made of. */
export type KernelSimd = 'relaxed' | 'baseline';

/** The bytes of the kernels, and of what widens and rounds float16. */
export interface KernelBytes {
  readonly float32: Uint8Array<ArrayBuffer>;
  readonly float64: Uint8Array<ArrayBuffer> | undefined;
  readonly float16: Uint8Array<ArrayBuffer>;
}

/** Each is a module of its own, so that a bundler with code splitting lets a page load what it needs. */
const EMBEDDED: Readonly<Record<KernelFile, () => Promise<{ readonly KERNELS: string }>>> = {
  float32: () => import('./embedded/float32'),
  'float32-relaxed': () => import('./embedded/float32-relaxed'),
  float64: () => import('./embedded/float64'),
  'float64-relaxed': () => import('./embedded/float64-relaxed'),
  float16: () => import('./embedded/float16'),
};

const inflated = /* @__PURE__ */ new Map<KernelFile, Promise<Uint8Array<ArrayBuffer>>>();

/**
 * The best kernels that this engine compiles.
 *
 * @throws NormError `backend` where the engine has no WebAssembly SIMD, or the kernels cannot be loaded;
 *   `missing-argument` where `kernels` lacks a file.
 */
export async function kernelBytes({
  relaxed,
  float64 = true,
  kernels,
}: KernelChoice): Promise<KernelBytes & { readonly simd: KernelSimd }> {
  if (!hasSimd()) {
    throw new NormError(
      'backend',
      `this engine has no WebAssembly${typeof WebAssembly === 'undefined' ? '' : ' SIMD'}; @normlayers/core's functions compute the same without it.`,
    );
  }
  if (relaxed === true && !hasRelaxedSimd()) {
    throw new NormError('backend', 'this engine has no relaxed SIMD; leave relaxed out.');
  }
  const given = kernels === undefined || kernels['float32-relaxed'] !== undefined;
  const variant = (relaxed ?? (given && hasRelaxedSimd())) ? '-relaxed' : '';
  const file = (name: KernelFile) => (kernels === undefined ? embedded(name) : givenFile(kernels, name));
  const [ofFloat32, ofFloat64, ofFloat16] = await Promise.all([
    file(`float32${variant}`),
    float64 ? file(`float64${variant}`) : undefined,
    file('float16'),
  ]);
  const simd = variant === '' ? 'baseline' : 'relaxed';
  return { simd, float32: ofFloat32, float64: ofFloat64, float16: ofFloat16 };
}

/** An embedded file, inflated once. */
function embedded(name: KernelFile): Promise<Uint8Array<ArrayBuffer>> {
  let file = inflated.get(name);
  if (file === undefined) {
    file = imported(name).then(inflate);
    // What failed may succeed another time.
    file.catch(() => inflated.delete(name));
    inflated.set(name, file);
  }
  return file;
}

async function imported(name: KernelFile): Promise<string> {
  try {
    return (await EMBEDDED[name]()).KERNELS;
  } catch (cause) {
    throw new NormError(
      'backend',
      `the kernels for ${name} were not loaded (${(cause as Error).message}). Where import() is forbidden, as in a service worker, give createNorm the kernels of @normlayers/wasm/embedded.`,
      { cause },
    );
  }
}

async function givenFile(kernels: KernelFiles, name: KernelFile): Promise<Uint8Array<ArrayBuffer>> {
  const file = kernels[name];
  if (typeof file === 'string') return inflate(file);
  if (file instanceof Uint8Array) return file;
  if (file instanceof ArrayBuffer) return new Uint8Array(file);
  throw new NormError(
    file === undefined ? 'missing-argument' : 'unknown-argument',
    `kernels['${name}'] is ${describe(file)}; expected that file's bytes, or what @normlayers/wasm/embedded has of it.`,
    { argument: 'kernels' },
  );
}

async function inflate(base64: string): Promise<Uint8Array<ArrayBuffer>> {
  const inflater = newInflater();
  const deflated = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([deflated]).stream().pipeThrough(inflater);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @throws NormError `backend` where there is none, or, as in Node 18, none of this format. */
function newInflater(): DecompressionStream {
  try {
    return new DecompressionStream('deflate-raw');
  } catch (cause) {
    throw new NormError(
      'backend',
      "this engine has no DecompressionStream('deflate-raw'), by which the embedded kernels are inflated; give createNorm the files of @normlayers/wasm/kernels as kernels.",
      { cause },
    );
  }
}
