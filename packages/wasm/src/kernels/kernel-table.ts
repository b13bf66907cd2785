/** How a unit's elements may lie: each kind has a kernel forward and one backward. */
export type KernelKind = 'rows' | 'stretches' | 'columns';

export type KernelName = `${KernelKind}${'Forward' | 'Backward'}`;

export const KERNEL_NAMES: readonly KernelName[] = [
  'rowsForward',
  'rowsBackward',
  'stretchesForward',
  'stretchesBackward',
  'columnsForward',
  'columnsBackward',
];

/** What kernels compute in; float16 is widened to float32. */
export type KernelType = 'float32' | 'float64';

/** Runs the launch that lies at `pointer`. */
export type Kernel = (pointer: number) => void;

/** The compiled kernels of both types, or of float32 alone. */
export interface KernelModules {
  readonly float32: WebAssembly.Module;
  readonly float64: WebAssembly.Module | undefined;
}

/** All kernels in one list, so that a number names one: those for float32, then those for float64. */
export function kernelTable(
  float32: WebAssembly.Exports | Readonly<Record<KernelName, Kernel>>,
  float64: WebAssembly.Exports | Readonly<Record<KernelName, Kernel>> | undefined,
): Kernel[] {
  return [float32, float64].flatMap((exports) => KERNEL_NAMES.map((name) => exports?.[name] as Kernel));
}

/** The number of a kernel in the list. */
export function kernelNumber(type: KernelType, name: KernelName): number {
  return (type === 'float32' ? 0 : KERNEL_NAMES.length) + KERNEL_NAMES.indexOf(name);
}
