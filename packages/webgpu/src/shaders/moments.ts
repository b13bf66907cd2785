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
 *
 * Ordinary numbers have scale 1. Where squares overflowed or vanished, or something is no number,
 * `hardMoments` takes the largest number first and scales by it; scale 0 then says NaN or Inf. It needs no
 * other lane, and so no barrier.
 */
export function momentsStruct(form: Form): string {
  const { centred } = form;
  const loop = { ...form, lanes: 1, held: 0 };
  return `
struct Moments { mean : Sum, rest : Sum, squares : Sum, scale : Sum }
fn isOrdinary(squares : Sum, size : f32) -> bool {
  let square = bitcast<SumBits>(squares / size + u.epsilon);
  return all(square - SumBits(${(127 - 100) << 23}u) < SumBits(${200 << 23}u));
}
fn hardMoments(at : Place, start : u32, end : u32, size : f32) -> Moments {
  const lane = 0u;
  var largest = SumBits();
${sweep(loop, { reads: ['x'], body: 'largest = max(largest, largestBits(xi));' })}
  let scale = powerOfTwo(clamp(SumInts(127) - SumInts(largest >> SumBits(23u)), SumInts(-100), SumInts(u.highest)));
  var mean = Sum();
  var rest = Sum();
${
  centred
    ? `  let pivot = firstOf(Value(x[at.x + slotPlace(start).x])) * scale;
${sweep(loop, { reads: ['x'], sums: ['difference'], body: 'difference += exactly(xi * scale) - pivot;' })}
  mean = pivot + total(difference) / size;
${sweep(loop, { reads: ['x'], sums: ['left'], body: 'left += exactly(xi * scale - mean);' })}
  rest = total(left) / size;`
    : ''
}
${sweep(loop, { reads: ['x'], sums: ['squares'], body: 'let d = exactly(xi * scale - mean) - rest; squares += d * d;' })}
  return Moments(mean, rest, total(squares), select(scale, Sum(), largest >= SumBits(0x7f800000u)));
}
`;
}

/** The sums of \`dxhat\` and of \`dxhat * (x * scale - mean)\` over a hard unit. */
export function hardDots(form: Form, dxhat: string): string {
  const loop = { ...form, lanes: 1, held: 0 };
  return `
fn hardDots(at : Place, start : u32, end : u32, moments : Moments) -> Sums2 {
  const lane = 0u;
${sweep(loop, { reads: ['x', 'dy'], sums: ['level', 'slope'], body: `let d = exactly(xi * moments.scale - moments.mean); let g = ${dxhat}; level += g; slope += g * d;` })}
  return Sums2(total(level), total(slope));
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
  const { centred, held, lanes } = form;
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
  const once = (text: string) => `${text}\n  sums = ${joined};\n  rest = sums[0] / size;`;
  const taken = !centred
    ? once(sweep(form, { reads, sums: names, first: true, body })).replace('rest = sums[0] / size;', '')
    : lanes === 1
      ? `${TRIAL_OF_SAMPLE}
  for (var attempt = 0u; attempt < 2u; attempt++) {
    if (attempt > 0u) { trial += rest; }
${once(sweep(form, { reads, sums: names, body }))}
    if (all(sums[0] * rest <= Sum(0.75) * sums[1])) { break; }
  }`
      : `  trial = pivot;
${sweep(form, { reads: ['x'], sums: ['difference'], first: true, body: 'difference += xi - pivot;' })}
  trial += together1(total(difference), lane, unit) / size;
${once(held === 0 || dxhat === null ? sweep(form, { reads, sums: names, body }) : sweepAgain(form, names, body))}`;
  return `  var trial = Sum();
  var rest = Sum();
  var sums : ${sums};
${centred ? '  let pivot = firstOf(Value(x[at.x + slotPlace(start).x]));' : ''}
${taken}
  var moments = Moments(trial, rest, max(sums[1] - sums[0] * rest, Sum()), Sum(1.));
${dxhat === null ? '' : '  var dots = Sums2(sums[2], sums[3]);\n'}  if (!isOrdinary(sums[1], size)) {
    moments = hardMoments(at, start, end, size);
${dxhat === null ? '' : '    dots = hardDots(at, start, end, moments);\n'}  }`;
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

/** The second sweep of a centred unit: x is held already, dy is read for the first time. */
function sweepAgain(form: Form, sums: readonly string[], body: string): string {
  const text = sweep(form, { reads: ['x', 'dy'], sums, first: true, body });
  return text.replaceAll(/x(\d+) = Value\(x\[[^\]]*\]\); /g, '');
}
