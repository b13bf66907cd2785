import type { GpuLimits } from './limits';
import type { SweepAxes } from './sweep-axes';

/** How the units of a sweep are spread over lanes and workgroups. */
export interface Shape {
  readonly lanes: number;
  readonly units: number;
  readonly held: number;
  /** How many blocks each owner's slots fall into, and how many slots a block has. */
  readonly blocks: number;
  readonly length: number;
}

/** What a kernel asks of its shape. */
export interface Demand {
  /** How many slots a lane may hold in registers, of each tensor that it reads; 0: it reads each only once. */
  readonly registers: number;
  /** How many blocks a unit may fall into; 1: none. */
  readonly maxBlocks: number;
}

/** Workgroups that keep a GPU busy: the largest have about 150 processors, each with a few workgroups. */
const BUSY = 512;
/** How many slots are held when written out; others are rounded up, so that few programs are compiled. */
const HELD = [1, 2, 3, 4, 6, 8, 12, 16];
/** The most blocks that every unit of a group can join again for itself. */
export const MAX_BLOCKS = 64;

export function shapeOf(sweep: SweepAxes, limits: GpuLimits, demand: Demand): Shape {
  if (limits.software) return laneAUnit(sweep, demand);
  return sweep.columns ? lanesDown(sweep, demand) : lanesAcross(sweep, limits, demand);
}

/** Where lanes are few and barriers slow: a lane takes a unit, and long or few units are split into blocks. */
function laneAUnit({ owners, count }: SweepAxes, { maxBlocks }: Demand): Shape {
  const wanted = Math.max(Math.ceil(count / 1024), Math.ceil(64 / owners));
  const split = blocked(count, Math.min(wanted, Math.floor(count / 128), maxBlocks));
  return { lanes: 1, units: owners * split.blocks < 256 ? 8 : 32, held: 0, ...split };
}

/** Rows: neighbouring lanes read neighbouring slots of a unit. */
function lanesAcross(
  { owners, count }: SweepAxes,
  limits: GpuLimits,
  { registers, maxBlocks }: Demand,
): Shape {
  const most = Math.min(256, limits.maxInvocations);
  const fits = registers === 0 ? Infinity : most * registers;
  const wanted = Math.max(Math.ceil(BUSY / owners), Math.ceil(count / fits));
  const whole = count <= fits && (count <= 4 * most || owners >= BUSY / 8);
  const split = blocked(count, whole ? 1 : Math.min(wanted, Math.floor(count / (2 * most)), maxBlocks));
  const lanes = Math.min(most, Math.max(16, powerOfTwo(split.length / 4)));
  const held = Math.ceil(split.length / lanes);
  return {
    lanes,
    units: Math.max(1, 64 / lanes),
    held: registers === 0 || held > registers ? 0 : HELD.find((slots) => slots >= held)!,
    ...split,
  };
}

/** Columns: neighbouring lanes read neighbouring units, and those that share one go down it side by side. */
function lanesDown({ owners, count }: SweepAxes, { maxBlocks }: Demand): Shape {
  const units = Math.min(16, powerOfTwo(owners));
  const lanes = Math.max(1, Math.min(128 / units, powerOfTwo(count / 4)));
  const wanted = Math.ceil(BUSY / Math.ceil(owners / units));
  const split = blocked(count, Math.min(wanted, Math.floor(count / (8 * lanes)), maxBlocks));
  return { lanes, units, held: 0, ...split };
}

function blocked(count: number, blocks: number): { blocks: number; length: number } {
  const length = Math.ceil(count / Math.max(1, blocks));
  return { blocks: Math.ceil(count / length), length };
}

/** The least power of two that is no smaller. */
function powerOfTwo(size: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, size)));
}
