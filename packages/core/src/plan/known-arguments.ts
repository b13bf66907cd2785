import { NormError } from '../errors';

/** Other libraries' names for this one's arguments, in small letters and without underscores. */
const ALSO_CALLED: Readonly<Record<string, readonly string[]>> = {
  gamma: ['weight', 'scale', 'w'],
  beta: ['bias', 'b', 'shift', 'offset'],
  epsilon: ['eps', 'varianceepsilon'],
  gammaOffset: ['weightoffset', 'unitoffset', 'zerocentered', 'addunitoffset'],
  mask: ['attentionmask', 'validmask', 'lengths', 'paddingmask'],
  residual: ['skip', 'residualinput'],
  groups: ['numgroups', 'g'],
  axes: ['axis', 'dim', 'dims', 'normalizedshape'],
  axis: ['axes', 'dim', 'channelaxis'],
  layout: ['dataformat', 'format'],
  x: ['input', 'inputs', 'data'],
  dy: ['grad', 'dout', 'gradoutput'],
  mean: ['inputmean'],
  variance: ['var', 'inputvar'],
  runningMean: ['movingmean'],
  runningVar: ['runningvariance', 'movingvariance'],
};

/**
 * Refuses an argument that is not known, so that none is ignored without a word. One that other libraries know is answered
 * by its name here.
 *
 * @param whose what takes the arguments, as the message names it: `layerNorm in mode inference`.
 * @throws NormError `unknown-argument`.
 */
export function checkArguments(whose: string, given: object, known: readonly string[]): void {
  for (const [argument, value] of Object.entries(given)) {
    if (value !== undefined && !known.includes(argument)) {
      throw new NormError(
        'unknown-argument',
        `${whose} has no argument ${argument}${meant(argument, known)}; it takes ${known.join(', ')}.`,
        { argument },
      );
    }
  }
}

function meant(argument: string, known: readonly string[]): string {
  const small = argument.toLowerCase().replaceAll('_', '');
  const name = known.find((one) => one.toLowerCase() === small || ALSO_CALLED[one]?.includes(small));
  return name === undefined ? '' : ` (did you mean ${name}?)`;
}
