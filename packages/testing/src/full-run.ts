/**
 * Whether everything is run, and at full length: `npm run test:full`, as every night and before a release. The gate runs
 * a part of what takes long.
 */
export const FULL = process.env.NORMLAYERS_FULL === '1';

/** What a test may take where shaders are compiled in software, on a machine that does other things too, in ms. */
export const SLOW = 240_000;

/** `NORMLAYERS_SEED`, or the date as in 20261130: printed, so that what fails can be run again. */
export function fuzzSeed(): number {
  const given = process.env.NORMLAYERS_SEED ?? new Date().toISOString().slice(0, 10).replaceAll('-', '');
  const seed = Number(given);
  if (!Number.isSafeInteger(seed)) throw new Error(`NORMLAYERS_SEED is ${given}; expected a whole number`);
  console.log(`NORMLAYERS_SEED=${seed}`);
  return seed;
}
