import type { Form } from './program/form';

/**
 * xhat = ((x * scale - mean) - rest) * root; invStd = slope * slopeScale, kept apart because the product may
 * be beyond float32 where a gradient is not. \`spread\` is the variance, of scaled numbers.
 */
export const STANDARD = `
struct Standard { mean : Sum, rest : Sum, scale : Sum, root : Sum, slope : Sum, slopeScale : Sum, spread : Sum }
fn standardOf(moments : Moments, n : f32) -> Standard {
  let spread = moments.squares / n;
  let least = moments.scale * u.sqrtEpsilon;
  let sum = spread + least * least;
  let root = select(Sum(), inverseRoot(sum), sum > Sum());
  let flat = spread == Sum();
  let bad = moments.scale == Sum();
  return Standard(
    select(moments.mean, notANumber(), bad),
    moments.rest,
    moments.scale,
    select(root, notANumber(), bad),
    select(select(root, Sum(u.flatSlope), flat), notANumber(), bad),
    select(moments.scale, Sum(1.), flat | bad),
    select(spread, notANumber(), bad),
  );
}
fn standardize(x : Value, s : Standard) -> Value { return (exactly(x * s.scale - s.mean) - s.rest) * s.root; }
fn meanOf(s : Standard) -> Sum { return (s.mean + s.rest) * reciprocal(s.scale); }
fn varianceOf(s : Standard) -> Sum { return s.spread * reciprocal(s.scale) * reciprocal(s.scale); }
`;

/** Statistics that came with the call. */
export const GIVEN = `
fn standardOfGiven(mean : Sum, variance : Sum) -> Standard {
  let root = inverseRoot(variance + u.epsilon);
  return Standard(mean, Sum(), Sum(1.), root, root, Sum(1.), variance);
}
`;

/**
 * One block for a group's blocks, by the formula of Chan, Golub and LeVeque for the moments of a union.
 * Blocks may be scaled each by its own power of two: the least of them is taken. Fields of the records lie
 * one after the other, of a field the blocks, of a block the groups.
 */
export function joinRecords({ centred }: Form, dots: boolean): string {
  return `
fn record(field : u32, block : u32, owner : u32) -> Sum { return records[(field * u.blocks + block) * u.owners + owner]; }
fn sizeOfBlock(block : u32) -> f32 { return f32(min(u.length, u.count - block * u.length)) * u.width; }
fn joinBlocks(owner : u32) -> Moments {
  var scale = record(3u, 0u, owner);
  for (var k = 1u; k < u.blocks; k++) { scale = min(scale, record(3u, k, owner)); }
  var mean = Sum();
  var rest = Sum();
${
  centred
    ? `  mean = record(0u, 0u, owner) * (scale * reciprocal(record(3u, 0u, owner)));
  for (var k = 0u; k < u.blocks; k++) { rest += sizeOfBlock(k) * shiftOf(k, owner, scale, mean); }
  rest = rest / u.n;`
    : ''
}
  var squares = Sum();
  for (var k = 0u; k < u.blocks; k++) {
    let ratio = scale * reciprocal(record(3u, k, owner));
    let shift = ${centred ? 'shiftOf(k, owner, scale, mean) - rest' : 'Sum()'};
    squares += record(2u, k, owner) * ratio * ratio + sizeOfBlock(k) * (shift * shift);
  }
  return Moments(mean, rest, squares, scale);
}
// A block's mean less the group's.
fn shiftOf(block : u32, owner : u32, scale : Sum, mean : Sum) -> Sum {
  let ratio = scale * reciprocal(record(3u, block, owner));
  return exactSum(record(0u, block, owner) * ratio - mean) + record(1u, block, owner) * ratio;
}
${dots ? joinDots(centred) : ''}`;
}

/** The sums of dxhat and of dxhat * xhat over a group, from its blocks' about their own means. */
const joinDots = (centred: boolean) => `
fn joinDots(owner : u32, s : Standard) -> Sums2 {
  var level = Sum();
  var slope = Sum();
  for (var k = 0u; k < u.blocks; k++) {
    let ratio = s.scale * reciprocal(record(3u, k, owner));
    let blockLevel = record(4u, k, owner);
    level += blockLevel;
    slope += record(5u, k, owner) * ratio${centred ? ' + (exactSum(record(0u, k, owner) * ratio - s.mean) - s.rest) * blockLevel' : ''};
  }
  return Sums2(level, slope * s.root);
}
`;
