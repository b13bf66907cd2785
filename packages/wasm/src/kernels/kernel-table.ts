/** The kernels' names: one pair for each way in which a group's elements may lie. */
export const KERNEL_NAMES = [
  'rowsForward',
  'rowsBackward',
  'stretchesForward',
  'stretchesBackward',
  'columnsForward',
  'columnsBackward',
] as const;

export type KernelName = (typeof KERNEL_NAMES)[number];

export type Kernel = (...args: number[]) => void;

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
export function kernelNumber(type: 'float32' | 'float64', name: KernelName): number {
  return (type === 'float32' ? 0 : KERNEL_NAMES.length) + KERNEL_NAMES.indexOf(name);
}
