import type { GpuProgram } from './program';

/** What of a call the programs are made for. What else there is, they take as uniforms. */
export interface ProgramForm {
  /** False for RMS Norm, which takes no mean off. */
  readonly centred: boolean;
  /** Whether mean and variance are given. */
  readonly fixed: boolean;
  readonly gamma: boolean;
  readonly beta: boolean;
  /** How many axes a transpose moves x to its grouped view with; 0: none is needed. */
  readonly axesMoved: number;
}

/** Adds up in stages of this many, as `sums.ts` does and for its reason: one long float32 sum is far off. */
const STAGE = 32;

/**
 * `total` = the sum over j from `first` to `end` of a vec2, in three stages. `f` is the element's place in
 * the grouped view, for the group or the parameter `owner`.
 */
const sum = (total: string, where: string, term: string) => `
  vec2 ${total} = vec2(0.);
  for (int a = first; a < end; a += ${STAGE ** 2}) {
    vec2 middle = vec2(0.);
    for (int b = a; b < min(a + ${STAGE ** 2}, end); b += ${STAGE}) {
      vec2 least = vec2(0.);
      for (int j = b; j < min(b + ${STAGE}, end); j++) {
        int f = ${where};
        ${term}
      }
      middle += least;
    }
    ${total} += middle;
  }
`;

/** What block `at` of a group or a parameter takes: elements `first` to `end` of `owner`. */
const BLOCK = `
  int owner = at / $blocks;
  int first = (at - owner * $blocks) * $length;
  int end = min(first + $length, $size);`;

const IN_GROUP = 'inGroup(owner, j)';
const IN_PARAMETER = 'inParameter(owner, j)';

/**
 * The place in one order of axes of element `i` in another. Sizes are uniforms: with them in the code each
 * shape was a program of its own (the suite compiled 414 programs on a GPU; 84 with uniforms, measured).
 */
function place(axes: number, size: string, stride: string): string {
  if (axes === 0) return 'return i;';
  const steps = Array.from({ length: axes - 1 }, (_, k) => axes - 1 - k).map(
    (k) => `place += (rest % $${size}${k}) * $${stride}${k}; rest = rest / $${size}${k};`,
  );
  return `int rest = i; int place = 0; ${steps.join(' ')} return place + rest * $${stride}0;`;
}

/**
 * A power of two from its exponent, and 1 / s for a power of two s, without a division, which GPUs only
 * approximate.
 */
const COMMON = (axesMoved: number) => `
float powerOfTwo(int exponent) {
  return uintBitsToFloat(uint(exponent + 127) << 23u);
}
float reciprocal(float power) {
  return uintBitsToFloat((254u - (floatBitsToUint(power) >> 23u)) << 23u);
}
float exactly(float value) {
  return uintBitsToFloat(floatBitsToUint(value) ^ uint($nothing));
}
float inverseRoot(float value) {
  float root = inversesqrt(value);
  if (value > 0. && value < 3e38) {
    root += root * (0.5 - 0.5 * value * root * root);
  }
  if (value < 0.) {
    root = $NAN;
  }
  return root;
}
int own(int i) {
  ${place(axesMoved, 'groupedSize', 'ownStride')}
}
int grouped(int i) {
  ${place(axesMoved, 'ownSize', 'groupedStride')}
}
int inGroup(int group, int j) {
  int o = j / $inner;
  return (o * $groups + group) * $inner + j - o * $inner;
}
int groupOf(int f) {
  return (f / $inner) % $groups;
}
int parameterOf(int f) {
  return (f / $span) % $parameters;
}`;

/**
 * Pass 1, per block of a group: vec4(mean, what is left of the mean, sum of squared deviations, scale), the
 * first three of numbers multiplied by the scale, a power of two that brings the largest to 1 as far as
 * epsilon allows, so that no square overflows or vanishes (`scale.ts` says more). Scale 0: there is NaN or
 * Inf in the block.
 *
 * The mean of the differences from the first mean is what rounding left in that (Chan, Golub and LeVeque
 * 1983). Where all numbers are one number, that is the mean: a sum of equal numbers, divided, may not be.
 */
export function statisticsProgram({ centred, axesMoved }: ProgramForm): GpuProgram {
  const x = 'fetchx(own(f)) * scale';
  const means = `${sum('sum', IN_GROUP, `least += vec2(${x}, 0.);`)}
  mean = sum.x / float(end - first);
  if (varied == 0u) {
    mean = uintBitsToFloat(one) * scale;
  }
  ${sum('left', IN_GROUP, `least += vec2(exactly(${x} - mean), 0.);`)}
  rest = left.x / float(end - first);`;
  return {
    inputs: ['x'],
    wide: true,
    code: `${COMMON(axesMoved)}
vec4 value(int at) {
  ${BLOCK}
  uint largest = 0u;
  uint varied = 0u;
  uint one = floatBitsToUint(fetchx(own(inGroup(owner, first))));
  for (int j = first; j < end; j++) {
    uint bits = floatBitsToUint(fetchx(own(inGroup(owner, j))));
    largest = max(largest, bits & 0x7fffffffu);
    varied = varied | (bits ^ one);
  }
  float scale = powerOfTwo(clamp(127 - int(largest >> 23u), -100, $highest));
  float mean = 0.;
  float rest = 0.;
  ${centred ? means : ''}
  ${sum('squares', IN_GROUP, `float v = exactly(${x} - mean) - rest; least += vec2(v * v, 0.);`)}
  if (largest >= 0x7f800000u) {
    scale = 0.;
  }
  return vec4(mean, rest, squares.x, scale);
}`,
  };
}

/**
 * One block for each group, of the blocks that the first pass left: what programs read that need it often.
 */
export function joinProgram(form: ProgramForm): GpuProgram {
  return {
    inputs: ['stats'],
    wide: true,
    code: `${COMMON(0)}${statistics({ ...form, fixed: false })}
vec4 value(int at) {
  load(at);
  return vec4(centre, rest, spread * float($n), scale);
}`,
  };
}

/**
 * `load(group)`: xhat = (x * scale - centre - rest) * root; invStd = slope * slopeScale, apart because the
 * product may be beyond float32 where a gradient is not.
 */
function statistics({ fixed }: ProgramForm): string {
  const variables = ['centre', 'rest', 'spread', 'scale', 'root', 'slope', 'slopeScale'];
  const own = `
  int first = group * $statBlocks;
  vec4 block = fetchstats(first);
  scale = block.w;
  for (int k = 1; k < $statBlocks; k++) {
    scale = min(scale, fetchstats(first + k).w);
  }
  centre = block.x * (scale * reciprocal(block.w));
  rest = block.y;
  spread = block.z;
  if ($statBlocks > 1) {
    rest = 0.;
    for (int k = 0; k < $statBlocks; k++) {
      rest += shareOf(k) * shiftOf(fetchstats(first + k));
    }
    rest = rest / float($n);
    spread = 0.;
    for (int k = 0; k < $statBlocks; k++) {
      block = fetchstats(first + k);
      float ratio = scale * reciprocal(block.w);
      float shift = shiftOf(block) - rest;
      spread += block.z * ratio * ratio + shareOf(k) * (shift * shift);
    }
  }
  spread = spread / float($n);
  float scaled = scale * $sqrtEpsilon;
  float total = spread + scaled * scaled;
  root = 0.;
  if (total > 0.) {
    root = inverseRoot(total);
  }
  slope = root;
  slopeScale = scale;
  if (spread == 0.) {
    slope = $flatSlope;
    slopeScale = 1.;
  }
  if (scale == 0.) {
    centre = $NAN;
    root = $NAN;
    slope = $NAN;
    spread = $NAN;
    slopeScale = 1.;
  }`;
  const given = `
  centre = fetchgivenMean(group);
  rest = 0.;
  scale = 1.;
  spread = fetchgivenVariance(group);
  root = inverseRoot(spread + $epsilon);
  slope = root;
  slopeScale = 1.;`;
  return `
${variables.map((name) => `float ${name};`).join('\n')}
${
  fixed
    ? ''
    : `float shareOf(int k) {
  return float(min($statLength, $n - k * $statLength));
}
float shiftOf(vec4 block) {
  float ratio = scale * reciprocal(block.w);
  return exactly(block.x * ratio - centre) + block.y * ratio;
}`
}
float load(int group) {
  ${fixed ? given : own}
  return root;
}
float standardized(float x) {
  return (exactly(x * scale - centre) - rest) * root;
}`;
}

/** What `statistics` reads. */
function statisticInputs({ fixed }: ProgramForm): string[] {
  return fixed ? ['givenMean', 'givenVariance'] : ['stats'];
}

/** y, from x and the statistics. */
export function normalizeProgram(form: ProgramForm): GpuProgram {
  return {
    inputs: ['x', ...statisticInputs(form), ...(form.gamma ? ['gamma'] : []), ...(form.beta ? ['beta'] : [])],
    wide: false,
    code: `${COMMON(form.axesMoved)}${statistics(form)}
float value(int at) {
  int f = grouped(at);
  load(groupOf(f));
  float y = standardized(fetchx(at));
  ${form.gamma ? 'y = y * fetchgamma(parameterOf(f));' : ''}
  ${form.beta ? 'y = y + fetchbeta(parameterOf(f));' : ''}
  return y;
}`,
  };
}

/** The statistics that a training call gives: one number for each group. */
const STATISTICS = {
  mean: '(centre + rest) * reciprocal(scale)',
  invStd: 'slope * slopeScale',
  variance: 'spread * reciprocal(scale) * reciprocal(scale)',
};

/** One statistic of each group. */
export function statisticProgram(form: ProgramForm, which: 'mean' | 'invStd'): GpuProgram {
  return {
    inputs: ['stats'],
    wide: false,
    code: `${COMMON(0)}${statistics(form)}
float value(int at) {
  load(at);
  return ${STATISTICS[which]};
}`,
  };
}

/**
 * new = keep * old + take * batch; for Instance Norm the batch's statistic is the mean over its instances.
 */
export function runningProgram(form: ProgramForm, which: 'mean' | 'variance'): GpuProgram {
  return {
    inputs: ['stats', 'old'],
    wide: false,
    code: `${COMMON(0)}${statistics(form)}
float value(int at) {
  int first = 0;
  int end = $groups / $parameters;
  ${sum('total', 'j * $parameters + at', `load(f); least += vec2(${STATISTICS[which]}, 0.);`)}
  return $keep * fetchold(at) + $take * (total.x / float(end));
}`,
  };
}

/** Pass 1 of dx, per block of a group: the sums of dxhat and of dxhat * xhat. */
export function dotsProgram(form: ProgramForm): GpuProgram {
  return {
    inputs: ['x', 'stats', 'dy', ...(form.gamma ? ['gamma'] : [])],
    wide: true,
    code: `${COMMON(form.axesMoved)}${statistics(form)}
vec4 value(int at) {
  ${BLOCK}
  load(owner);
  ${sum(
    'total',
    IN_GROUP,
    `float d = ${dxhat(form, 'own(f)')};
        least += vec2(d, d * standardized(fetchx(own(f))));`,
  )}
  return vec4(total, 0., 0.);
}`,
  };
}

const dxhat = ({ gamma }: ProgramForm, at: string) =>
  `fetchdy(${at})${gamma ? ' * fetchgamma(parameterOf(f))' : ''}`;

/** dx = invStd * (dxhat - mean(dxhat) - xhat * mean(dxhat * xhat)); with given statistics invStd * dxhat. */
export function inputGradientProgram(form: ProgramForm): GpuProgram {
  const own = `
  vec4 total = vec4(0.);
  for (int k = 0; k < $dotBlocks; k++) {
    total += fetchdots(groupOf(f) * $dotBlocks + k);
  }
  ${form.centred ? 'd = d - total.x / float($n);' : ''}
  d = d - standardized(fetchx(at)) * (total.y / float($n));`;
  return {
    inputs: [
      ...(form.fixed ? [] : ['x']),
      ...statisticInputs(form),
      ...(form.fixed ? [] : ['dots']),
      'dy',
      ...(form.gamma ? ['gamma'] : []),
    ],
    wide: false,
    code: `${COMMON(form.axesMoved)}${statistics(form)}
float value(int at) {
  int f = grouped(at);
  load(groupOf(f));
  float d = ${dxhat(form, 'at')};
  ${form.fixed ? '' : own}
  return d * slope * slopeScale;
}`,
  };
}

/** Per block of a parameter's elements: the sums of dy * xhat and of dy. */
export function parameterSumsProgram(form: ProgramForm): GpuProgram {
  return {
    inputs: ['x', ...statisticInputs(form), 'dy'],
    wide: true,
    code: `${COMMON(form.axesMoved)}${statistics(form)}
int inParameter(int parameter, int j) {
  int o = j / $span;
  return (o * $parameters + parameter) * $span + j - o * $span;
}
vec4 value(int at) {
  ${BLOCK}
  ${sum(
    'total',
    IN_PARAMETER,
    `load(groupOf(f));
        float d = fetchdy(own(f));
        least += vec2(d * standardized(fetchx(own(f))), d);`,
  )}
  return vec4(total, 0., 0.);
}`,
  };
}

/** Gradients from the sums of dy * xhat, `total.x`, and of dy, `total.y`. */
const PARAMETER_GRADIENTS = {
  dgamma: 'total.x',
  dbeta: 'total.y',
  dmean: '-total.y * slope',
  dvariance: '-0.5 * total.x * slope * slope',
};

export type ParameterGradient = keyof typeof PARAMETER_GRADIENTS;

/** The gradient of one parameter, or of a given statistic, from the blocks' sums. */
export function parameterGradientProgram(form: ProgramForm, which: ParameterGradient): GpuProgram {
  const ofStatistic = which === 'dmean' || which === 'dvariance';
  return {
    inputs: [
      'dots',
      ...(ofStatistic ? statisticInputs(form) : []),
      ...(ofStatistic && form.gamma ? ['gamma'] : []),
    ],
    wide: false,
    code: `${ofStatistic ? `${COMMON(0)}${statistics(form)}` : ''}
float value(int at) {
  vec4 total = vec4(0.);
  for (int k = 0; k < $dotBlocks; k++) {
    total += fetchdots(at * $dotBlocks + k);
  }
  ${ofStatistic ? 'load(at);' : ''}
  ${ofStatistic && form.gamma ? 'total = total * fetchgamma(at);' : ''}
  return ${PARAMETER_GRADIENTS[which]};
}`,
  };
}
