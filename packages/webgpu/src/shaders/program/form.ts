/** How numbers are stored; all are computed with as f32. */
export type StoredType = 'f32' | 'f16';

/** How the numbers of one tensor that is smaller than x (gamma, or a group's record) lie beside a slot's numbers. */
export interface Alignment {
  /**
   * `vector`: the slot's four numbers have four neighbours there. `same`: they share one. `apart`: they have
   * four that lie `step` apart, as a group's records always do. Where a slot is one number, `same`.
   */
  readonly mode: 'vector' | 'same' | 'apart';
  /** Whether all slots of a unit have the same, so that it is read once. */
  readonly perUnit: boolean;
}

/**
 * What a kernel is compiled for; all sizes are uniforms. A *unit* is what a kernel takes sums over: a group,
 * a block of a group, or the elements that share a parameter. A *slot* is what a lane reads at once: four
 * neighbours, or one number.
 */
export interface Form {
  /** Numbers in a slot. */
  readonly width: 1 | 4;
  /**
   * False: neighbours in memory belong to one unit (rows). True: to as many units (columns: channels-last),
   * so that a slot of four holds a number of each of four units, and sums are vectors.
   */
  readonly columns: boolean;
  /** How many lanes share a unit. 1: none do, and no kernel has a barrier. */
  readonly lanes: number;
  /** How many units a workgroup takes; lanes * units is its size. */
  readonly units: number;
  /** How many slots of x a lane keeps in registers between sweeps; 0: it reads them again. */
  readonly held: number;
  /** Whether sums over lanes start with subgroupAdd. */
  readonly subgroups: boolean;
  /** Into how many axes a slot's number falls. */
  readonly slotAxes: number;
  /** How many axes there is room for: a slot's, and then those of a unit's number, however many. */
  readonly axes: number;
  /** Whether a unit's slots follow each other at one distance, whatever their parameters do. */
  readonly evenSlots: boolean;
  /** Whether a unit is a block of a group. */
  readonly split: boolean;
  /** False for RMS Norm. */
  readonly centred: boolean;
  /** Added to every gamma: part of the program, since models have one or none. */
  readonly gammaOffset: number;
  /** How each tensor that the kernel reads or writes is stored. */
  readonly types: Readonly<Partial<Record<string, StoredType>>>;
  readonly parameter: Alignment;
  readonly record: Alignment;
}

/** A kernel: its text, and what is bound to it. */
export interface Program {
  /** The kernel's name, which the first line of its text has too. */
  readonly name: string;
  /** Tells it from every other program. */
  readonly key: string;
  readonly bindings: readonly Binding[];
  readonly workgroupSize: number;
  /** WGSL. */
  readonly code: string;
}

/** A storage buffer of a kernel; its number in group 0 is its place in the list, and after the last comes the uniform. */
export interface Binding {
  readonly name: string;
  readonly access: 'read' | 'read_write';
}
