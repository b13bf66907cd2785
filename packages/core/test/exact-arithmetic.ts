// Normalization in whole numbers of any length: an oracle that shares no arithmetic with the reference.
//
// Every float64 is a whole number of 2^-1074, so sums, squares and their quotients are exact as BigInts; the one root is
// taken to FRACTION bits after the point, some 300 more than any result below needs.

const UNIT = 1074n;
const FRACTION = 1400n;

/** A number in units of 2^-1074. */
export function toUnits(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  if (exponent === 0x7ffn) throw new RangeError(`${value} is no whole number of units`);
  const fraction = bits & 0xfffffffffffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | 0x10000000000000n) << (exponent - 1n);
  return bits >> 63n ? -magnitude : magnitude;
}

/** The number nearest to value * 2^-bits. */
export function fromFixed(value: bigint, bits: bigint): number {
  const magnitude = value < 0n ? -value : value;
  const drop = BigInt(Math.max(0, magnitude.toString(16).length * 4 - 120));
  // The last bit kept stands for all those dropped, so that the one rounding, in Number(), sees a tie only where it is one.
  const sticky = magnitude & ((1n << drop) - 1n) ? 1n : 0n;
  const exponent = Number(drop - bits);
  const half = Math.trunc(exponent / 2);
  const result = Number((magnitude >> drop) | sticky) * 2 ** half * 2 ** (exponent - half);
  return value < 0n ? -result : result;
}

/** The whole part of a root (Newton's method). */
function root(value: bigint): bigint {
  if (value < 2n) return value;
  let guess = 1n << BigInt(Math.ceil((value.toString(16).length * 4) / 2) + 1);
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

export interface ExactGroup {
  /** xhat in units of 2^-FRACTION. */
  readonly xhat: readonly bigint[];
  readonly mean: number;
  readonly invStd: number;
}

/** mean = sum(x) / n, variance = sum((x - mean)^2) / n, xhat = (x - mean) / sqrt(variance + epsilon). */
export function exactGroup(values: readonly number[], epsilon: number, centred: boolean): ExactGroup {
  const units = values.map(toUnits);
  const n = BigInt(values.length);
  const total = centred ? units.reduce((a, b) => a + b, 0n) : 0n;
  const apart = units.map((value) => n * value - total); // n (x - mean)
  const squares = apart.reduce((sum, value) => sum + value * value, 0n); // n^3 variance
  const below = squares + (toUnits(epsilon) << UNIT) * n ** 3n; // n^3 (variance + epsilon)
  return {
    xhat: apart.map((value) => quotientByRoot(value, n, below)),
    mean: fromFixed((total << 64n) / n, UNIT + 64n),
    invStd:
      below === 0n ? Infinity : fromFixed(root(((n ** 3n) << (2n * UNIT + 2n * FRACTION)) / below), FRACTION),
  };
}

/** xhat = (x - mean) / sqrt(variance + epsilon) with mean and variance given. */
export function exactFixed(x: number, mean: number, variance: number, epsilon: number): bigint {
  return quotientByRoot(toUnits(x) - toUnits(mean), 1n, (toUnits(variance) + toUnits(epsilon)) << UNIT);
}

/** value * sqrt(times / below), 0 where all is 0. */
function quotientByRoot(value: bigint, times: bigint, below: bigint): bigint {
  if (below === 0n) return 0n;
  const magnitude = root(((value * value * times) << (2n * FRACTION)) / below);
  return value < 0n ? -magnitude : magnitude;
}

/** gamma * xhat + beta: the nearest number, the size of its parts, and how far another number is from the exact value. */
export function exactAffine(xhat: bigint, gamma: number, beta: number) {
  const scaled = xhat * toUnits(gamma);
  const exact = scaled + (toUnits(beta) << FRACTION);
  const bits = FRACTION + UNIT;
  return {
    value: fromFixed(exact, bits),
    size: Math.abs(fromFixed(scaled, bits)) + Math.abs(beta),
    errorOf: (actual: number) => Math.abs(fromFixed((toUnits(actual) << FRACTION) - exact, bits)),
  };
}
