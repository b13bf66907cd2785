import type { Form } from './program/form';
import { sweep } from './sweep';

/** Words that every kernel with statistics uses. */
export const ARITHMETIC = `
// The bits pass through a number that compilers do not know, so that a difference is rounded before it is used.
fn exactly(v : Value) -> Value { return bitcast<Value>(bitcast<ValueBits>(v) ^ ValueBits(zero)); }
fn exactSum(v : Sum) -> Sum { return bitcast<Sum>(bitcast<SumBits>(v) ^ SumBits(zero)); }
fn notANumber() -> Sum { return bitcast<Sum>(SumBits(0x7fc00000u | zero)); }
fn powerOfTwo(exponent : SumInts) -> Sum { return bitcast<Sum>(SumBits(exponent + SumInts(127)) << SumBits(23u)); }
// 1 / s of a power of two s; GPUs only approximate a division.
fn reciprocal(s : Sum) -> Sum { return bitcast<Sum>((SumBits(254u) - (bitcast<SumBits>(s) >> SumBits(23u))) << SumBits(23u)); }
// 1 / sqrt(v) with a step of Newton's, as inverseSqrt alone may be 2 units off.
fn inverseRoot(v : Sum) -> Sum {
  let root = inverseSqrt(v);
  let better = root + root * (Sum(0.5) - Sum(0.5) * (v * root) * root);
  return select(select(root, better, (v > Sum(0.)) & (v < Sum(3e38))), notANumber(), v < Sum(0.));
}
`;

/**
 * The moments of a unit's slots, and in which numbers they are: those of x times `scale`, a power of two.
 * `rest` is what rounding left in the mean: the mean of the differences from it (Chan, Golub and LeVeque
 * 1983, "Algorithms for Computing the Sample Variance", the corrected two-pass algorithm). `squares` is the
 * sum of squared differences.
 */
export const MOMENTS = `
struct Moments { mean : Sum, rest : Sum, squares : Sum, scale : Sum }
`;

/**
 * What `takeMoments` calls. Ordinary numbers have scale 1. Where squares overflowed or vanished, or something is no
 * number, `hardMoments` scales by the largest number; scale 0 then says NaN or Inf. It needs no other lane, and so no
 * barrier. One loop takes all its sums, one after the other: the largest number, the mean of differences from the
 * pivot, what rounding left of it, the squares (and the dots). Four loops would be most of every kernel's code.
 */
export function ownMoments(form: Form, dxhat: string | null): string {
  const { centred } = form;
  const loop = { ...form, lanes: 1, held: 0 };
  const dots = dxhat === null ? '' : ` let g = ${dxhat}; level += g; slope += g * e;`;
  return `${MOMENTS}
struct Hard { moments : Moments, dots : Sums2 }
fn isOrdinary(squares : Sum, size : f32) -> bool {
  let square = bitcast<SumBits>(squares / size + u.epsilon);
  return all(square - SumBits(${(127 - 100) << 23}u) < SumBits(${200 << 23}u));
}
fn hardMoments(at : Place, start : u32, end : u32, size : f32) -> Hard {
  let lane = 0u;
  var largest = SumBits();
  var hard : Hard;
  var scale = Sum(1.);
  var mean = Sum();
  var rest = Sum();
  for (var step = 0u; step < 4u; step += ${centred ? 1 : 3}u) {
${sweep(loop, {
  reads: dxhat === null ? ['x'] : ['x', 'dy'],
  sums: ['sum', ...(dxhat === null ? [] : ['level', 'slope'])],
  body: `largest = max(largest, largestBits(xi)); let e = exactly(xi * scale - mean); let d = e - rest; sum += select(d, d * d, step == 3u);${dots}`,
})}
    let all_ = total(sum);
    if (step == 0u) {
      scale = powerOfTwo(clamp(SumInts(127) - SumInts(largest >> SumBits(23u)), SumInts(-100), SumInts(u.highest)));
${centred ? '      mean = firstOf(Value(x[at.x + slotPlace(start).x])) * scale;' : ''}
    }${centred ? ' else if (step == 1u) { mean += all_ / size; } else if (step == 2u) { rest = all_ / size; }' : ''}
    hard.moments = Moments(mean, rest, all_, select(scale, Sum(), largest >= SumBits(0x7f800000u)));
${dxhat === null ? '' : '    hard.dots = Sums2(total(level), total(slope));'}
  }
  return hard;
}
`;
}

/**
 * Declares `moments`, and with `dxhat` also `dots`: the sums of dxhat and of dxhat * (x * scale - mean). Two
 * sweeps: one for the mean, one for the rest. The mean is taken of differences from the unit's first number,
 * the pivot: numbers far from 0 lose nothing that way, and a constant unit's mean is its number exactly.
 *
 * A lane that has its unit to itself, and so reads x again in every sweep, takes the mean of a few slots
 * instead of all: the corrected algorithm makes up for that as long as the trial mean is no further off than
 * a standard deviation, and where it is, one more sweep has a better one. It saves a third of the reads.
 */
export function takeMoments(form: Form, dxhat: string | null): string {
  const { centred, lanes } = form;
  const dots = dxhat === null ? '' : ` let g = ${dxhat}; level += g; slope += g * d;`;
  const reads: ('x' | 'dy')[] = dxhat === null ? ['x'] : ['x', 'dy'];
  const names = ['left', 'squares', ...(dxhat === null ? [] : ['level', 'slope'])];
  const difference = centred ? 'exactly(xi - trial)' : 'xi';
  const body = `let d = ${difference}; left += d; squares += d * d;${dots}`;
  const joined =
    dxhat === null
      ? 'together2(Sums2(total(left), total(squares)), lane, unit)'
      : 'together4(Sums4(total(left), total(squares), total(level), total(slope)), lane, unit)';
  const sums = dxhat === null ? 'Sums2' : 'Sums4';
  const taken = (first: readonly ('x' | 'dy')[]) => `${sweep(form, { reads, sums: names, first, body })}
  sums = ${joined};
${centred ? '  rest = sums[0] / size;' : ''}`;
  const all = !centred
    ? taken(reads)
    : lanes === 1
      ? `${TRIAL_OF_SAMPLE}
  for (var attempt = 0u; attempt < 2u; attempt++) {
    if (attempt > 0u) { trial += rest; }
${taken([])}
    if (all(sums[0] * rest <= Sum(0.75) * sums[1])) { break; }
  }`
      : `  trial = pivot;
${sweep(form, { reads: ['x'], sums: ['difference'], first: ['x'], body: 'difference += xi - pivot;' })}
  trial += together1(total(difference), lane, unit) / size;
${taken(dxhat === null ? [] : ['dy'])}`;
  return `  var trial = Sum();
  var rest = Sum();
  var sums : ${sums};
${centred ? '  let pivot = firstOf(Value(x[at.x + slotPlace(start).x]));' : ''}
${all}
  var moments = Moments(trial, rest, max(sums[1] - sums[0] * rest, Sum()), Sum(1.));
${dxhat === null ? '' : '  var dots = Sums2(sums[2], sums[3]);\n'}  if (!isOrdinary(sums[1], size)) {
    let hard = hardMoments(at, start, end, size);
    moments = hard.moments;
${dxhat === null ? '' : '    dots = hard.dots;\n'}  }`;
}

/** The mean of 16 slots, spread over the unit. */
const TRIAL_OF_SAMPLE = `
  let stride = max(1u, (end - start) / 16u);
  var sample = Value();
  var taken = 0.;
  for (var i = start; i < end; i += stride) {
    sample += Value(x[at.x + slotPlace(i).x]) - pivot;
    taken += u.width;
  }
  trial = pivot + total(sample) / taken;`;
