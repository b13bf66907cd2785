import type { Emit } from '../experiment';
import type { Samples } from './clusters';

/** Anything that is trained a mini-batch at a time. */
export interface Trainable {
  step(samples: Samples): number;
}

const SMOOTHING = 0.95;

/**
 * Trains and plots the loss as an exponential average, which a single mini-batch's loss is too noisy for.
 *
 * @returns the average after each step.
 */
export function lossCurve(
  network: Trainable,
  draw: () => Samples,
  steps: number,
  emit: (step: number, loss: number) => void,
): number[] {
  const curve: number[] = [];
  let average = 0;
  for (let step = 1; step <= steps; step++) {
    average = SMOOTHING * average + (1 - SMOOTHING) * network.step(draw());
    // Started at 0, an exponential average is low by this factor (Kingma and Ba 2015, section 3).
    const loss = average / (1 - SMOOTHING ** step);
    curve.push(loss);
    if (step % 4 === 0) emit(step, loss);
  }
  return curve;
}

/** The first step after which a loss is at or under a mark; Infinity where it never is. */
export function stepsTo(curve: readonly number[], mark: number): number {
  const at = curve.findIndex((loss) => loss <= mark);
  return at === -1 ? Infinity : at + 1;
}

/** An emitter for one line. */
export function lineOf(emit: Emit, series: string): (x: number, y: number) => void {
  return (x, y) => emit(series, x, y);
}
