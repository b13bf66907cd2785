import { STEP, VECTOR, at, madd, pinned } from '../lanes';
import { shift } from '../statistics';

/** y = (x - k) * factor + rest. */
export function writeStretch<T>(
  x: usize,
  y: usize,
  bytes: usize,
  k: f64,
  factor: f64,
  rest: f64,
  scratch: usize,
): void {
  const lanes = bytes & ~(STEP - 1);
  writeLanes<T>(x, y, lanes, k, factor, rest, scratch);
  for (let i = lanes; i < bytes; i += sizeof<T>()) {
    store<T>(y + i, <T>((at<T>(x + i) - k) * factor + rest));
  }
}

// @ts-expect-error: decorator
@inline
function writeLanes<T>(
  x: usize,
  y: usize,
  bytes: usize,
  k: f64,
  factor: f64,
  rest: f64,
  scratch: usize,
): void {
  const kk = pinned<T>(scratch, k);
  const f = pinned<T>(scratch + 16, factor);
  const r = pinned<T>(scratch + 32, rest);
  for (let i: usize = 0; i < bytes; i += STEP) {
    const xx = x + i;
    const yy = y + i;
    v128.store(yy, madd<T>(v128.sub<T>(v128.load(xx), kk), f, r));
    v128.store(yy, madd<T>(v128.sub<T>(v128.load(xx, 16), kk), f, r), 16);
    v128.store(yy, madd<T>(v128.sub<T>(v128.load(xx, 32), kk), f, r), 32);
    v128.store(yy, madd<T>(v128.sub<T>(v128.load(xx, 48), kk), f, r), 48);
  }
}

/**
 * dx = dy * scale + (x - k) * slope + level: invStd * (g - mean(g) - xhat * mean(g * xhat)), multiplied out; k, slope and level
 * are numbers 0, 2 and 3 at `kept`.
 */
export function writeStretchGradient<T>(
  x: usize,
  dy: usize,
  dx: usize,
  bytes: usize,
  scale: f64,
  kept: usize,
  scratch: usize,
): void {
  const lanes = bytes & ~(2 * VECTOR - 1);
  const shift = load<f64>(kept);
  const slope = load<f64>(kept, 16);
  const level = load<f64>(kept, 24);
  const k = pinned<T>(scratch, shift);
  const a = pinned<T>(scratch + 16, scale);
  const b = pinned<T>(scratch + 32, slope);
  const c = pinned<T>(scratch + 48, level);
  for (let i: usize = 0; i < lanes; i += 2 * VECTOR) {
    const xx = x + i;
    const gg = dy + i;
    const d = v128.sub<T>(v128.load(xx), k);
    const e = v128.sub<T>(v128.load(xx, 16), k);
    const yy = dx + i;
    v128.store(yy, madd<T>(v128.load(gg), a, madd<T>(d, b, c)));
    v128.store(yy, madd<T>(v128.load(gg, 16), a, madd<T>(e, b, c)), 16);
  }
  for (let i = lanes; i < bytes; i += sizeof<T>()) {
    store<T>(dx + i, <T>(at<T>(dy + i) * scale + (at<T>(x + i) - shift) * slope + level));
  }
}
