import type { Random } from './random';

/** Samples of `features` numbers with their classes. */
export interface Samples {
  readonly x: Float32Array;
  readonly classes: Int32Array;
  readonly count: number;
  readonly features: number;
}

export const FEATURES = 8;
export const CLASSES = 4;
const CLUSTERS_PER_CLASS = 3;

/**
 * Draws samples from clusters: each class is three Gaussian clouds in eight dimensions, and the features differ in scale and
 * offset as measured quantities do.
 *
 * @param offset how far the features lie from zero, in spreads of the centres; 0: each is centred.
 * @returns a source of samples of one fixed arrangement of clouds.
 */
export function clusters(random: Random, offset = 2): (count: number) => Samples {
  const centres = Array.from({ length: CLASSES * CLUSTERS_PER_CLASS }, () => random.normals(FEATURES));
  const scales = Float32Array.from({ length: FEATURES }, () => 2 ** (random.uniform() * 3 - 1));
  const offsets = random.normals(FEATURES);
  return (count) => {
    const x = new Float32Array(count * FEATURES);
    const classes = new Int32Array(count);
    for (let sample = 0; sample < count; sample++) {
      const cluster = random.below(centres.length);
      classes[sample] = cluster % CLASSES;
      for (let feature = 0; feature < FEATURES; feature++) {
        const value = centres[cluster][feature] + 0.35 * random.normal();
        x[sample * FEATURES + feature] = scales[feature] * (value + offset * offsets[feature]);
      }
    }
    return { x, classes, count, features: FEATURES };
  };
}
