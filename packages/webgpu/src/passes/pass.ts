import type { OutputName, TensorName } from '@normlayers/core/adapter';
import type { Program } from '../shaders/program/form';

/** What kernels of a call hand on to each other; `Pass.scratch` says how many bytes. */
export type ScratchName = 'records' | 'groupRecords' | 'partials' | 'spreads' | 'sum';

/** One dispatch. */
export interface Pass {
  readonly program: Program;
  /** By binding: which of the call's tensors it reads, or what an earlier pass left. */
  readonly inputs: Readonly<Record<string, TensorName | ScratchName>>;
  /** By binding: which of the call's results it writes, or what it leaves for later passes. */
  readonly outputs: Readonly<Record<string, OutputName | ScratchName>>;
  /** The bytes that each scratch among the outputs takes. */
  readonly scratch: Readonly<Partial<Record<ScratchName, number>>>;
  /** The uniform buffer's content. */
  readonly uniforms: Uint32Array;
  /** How many workgroups. Beyond the device's limit along x, they go on along y. */
  readonly count: number;
}
