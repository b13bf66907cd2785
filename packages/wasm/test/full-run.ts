/**
 * Whether everything is run at full length: `NORMLAYERS_FULL=1`, as every night and before a release. The
 * gate runs a part.
 */
export function fullRun(): boolean {
  return process.env.NORMLAYERS_FULL === '1';
}

/** `NORMLAYERS_SEED`, or the date as in 20261130: printed, so that what fails can be run again. */
export function fuzzSeed(): number {
  const given = process.env.NORMLAYERS_SEED ?? new Date().toISOString().slice(0, 10).replaceAll('-', '');
  const seed = Number(given);
  if (!Number.isSafeInteger(seed)) throw new Error(`NORMLAYERS_SEED is ${given}; expected a whole number`);
  console.log(`NORMLAYERS_SEED=${seed}`);
  return seed;
}
