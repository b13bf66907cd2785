import { addOf } from '../add';
import { columnsBackward as columnsBackwardOf } from '../columns/backward';
import { columnsForward as columnsForwardOf } from '../columns/forward';
import { Launch } from '../launch';
import { rowsBackward as rowsBackwardOf } from '../rows/backward';
import { rowsForward as rowsForwardOf } from '../rows/forward';
import { stretchesBackward as stretchesBackwardOf } from '../stretches/backward';
import { stretchesForward as stretchesForwardOf } from '../stretches/forward';

/** The kernels for float32: generic functions cannot be exported. */

export function rowsForward(launch: Launch): void {
  rowsForwardOf<f32>(launch);
}

export function rowsBackward(launch: Launch): void {
  rowsBackwardOf<f32>(launch);
}

export function stretchesForward(launch: Launch): void {
  stretchesForwardOf<f32>(launch);
}

export function stretchesBackward(launch: Launch): void {
  stretchesBackwardOf<f32>(launch);
}

export function columnsForward(launch: Launch): void {
  columnsForwardOf<f32>(launch);
}

export function columnsBackward(launch: Launch): void {
  columnsBackwardOf<f32>(launch);
}

export function add(a: usize, b: usize, out: usize, count: usize): void {
  addOf<f32>(a, b, out, count);
}
