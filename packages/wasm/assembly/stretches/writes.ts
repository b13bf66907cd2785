import { element, madd, pinned, STEP, VECTOR } from '../lanes';
import { Launch } from '../launch';
import { SettledGroup } from './groups';

/** y = (x - pivot) * factor + bias. */
export function writeStretch<T>(
  launch: Launch,
  x: usize,
  y: usize,
  bytes: usize,
  pivot: f64,
  factor: f64,
  bias: f64,
): void {
  const lanes = bytes & ~(STEP - 1);
  writeLanes<T>(launch, x, y, lanes, pivot, factor, bias);
  for (let i = lanes; i < bytes; i += sizeof<T>()) {
    store<T>(y + i, <T>((element<T>(x + i) - pivot) * factor + bias));
  }
}

// @ts-expect-error: decorator
@inline
function writeLanes<T>(
  launch: Launch,
  x: usize,
  y: usize,
  bytes: usize,
  pivot: f64,
  factor: f64,
  bias: f64,
): void {
  const k = pinned<T>(launch, 0, pivot);
  const f = pinned<T>(launch, 1, factor);
  const b = pinned<T>(launch, 2, bias);
  for (let i: usize = 0; i < bytes; i += STEP) {
    const px = x + i;
    const py = y + i;
    v128.store(py, madd<T>(v128.sub<T>(v128.load(px), k), f, b));
    v128.store(py, madd<T>(v128.sub<T>(v128.load(px, 16), k), f, b), 16);
    v128.store(py, madd<T>(v128.sub<T>(v128.load(px, 32), k), f, b), 32);
    v128.store(py, madd<T>(v128.sub<T>(v128.load(px, 48), k), f, b), 48);
  }
}

/**
 * dx = dy * scale + (x - pivot) * slope + intercept, which is invStd * (g - mean(g) - xhat * mean(g * xhat))
 * for g = dy * gamma, multiplied out.
 */
export function writeStretchGradient<T>(
  launch: Launch,
  x: usize,
  dy: usize,
  dx: usize,
  bytes: usize,
  scale: f64,
  group: SettledGroup,
): void {
  const lanes = bytes & ~(2 * VECTOR - 1);
  const pivot = group.pivot;
  const slope = group.correctionOrSlope;
  const intercept = group.intercept;
  const k = pinned<T>(launch, 0, pivot);
  const a = pinned<T>(launch, 1, scale);
  const b = pinned<T>(launch, 2, slope);
  const c = pinned<T>(launch, 3, intercept);
  for (let i: usize = 0; i < lanes; i += 2 * VECTOR) {
    const px = x + i;
    const pdy = dy + i;
    const d = v128.sub<T>(v128.load(px), k);
    const e = v128.sub<T>(v128.load(px, 16), k);
    const pdx = dx + i;
    v128.store(pdx, madd<T>(v128.load(pdy), a, madd<T>(d, b, c)));
    v128.store(pdx, madd<T>(v128.load(pdy, 16), a, madd<T>(e, b, c)), 16);
  }
  for (let i = lanes; i < bytes; i += sizeof<T>()) {
    store<T>(dx + i, <T>(element<T>(dy + i) * scale + (element<T>(x + i) - pivot) * slope + intercept));
  }
}
