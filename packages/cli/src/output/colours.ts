import pc from 'picocolors';

/**
 * Whether to colour: on a terminal, and plain in a pipe. NO_COLOR (no-color.org) and FORCE_COLOR say otherwise, `0` and
 * `false` of the latter being a no. picocolors's own answer is yes wherever CI is set: a file that a CI job writes would
 * be full of escapes.
 */
export function wantsColour(
  { NO_COLOR = '', FORCE_COLOR = '', TERM }: NodeJS.ProcessEnv,
  isTerminal: boolean,
): boolean {
  if (NO_COLOR !== '' || ['0', 'false'].includes(FORCE_COLOR)) return false;
  return FORCE_COLOR !== '' || (isTerminal && TERM !== 'dumb');
}

export const colour: boolean = wantsColour(process.env, process.stdout.isTTY === true);

export const { green, red, yellow } = pc.createColors(colour);
