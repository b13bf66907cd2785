import { chunkOf, readAhead } from './chunks';
import { VECTOR, addPair, at, madd, splat } from '../lanes';
import { lost, squares } from '../sums';

/** Column by column: the sum of x - shift and of its square. Two vectors wide, so that the sums stay in registers. */
export function sumColumns<T>(
  x: usize,
  shifts: usize,
  sums: usize,
  squares: usize,
  elements: usize,
  columns: usize,
  from: usize,
  to: usize,
  rests: usize,
): void {
  const pitch = columns * sizeof<T>();
  const wholeRows = elements - (elements % columns);
  const chunk = chunkOf<T>(columns);
  const lanes = VECTOR / sizeof<T>();
  for (let begin: usize = 0; begin < elements; begin += chunk) {
    const end = min(begin + chunk, elements);
    const full = min(end, wholeRows);
    let ahead = x + readAhead<T>(columns, begin, full, end, elements);
    let i = from;
    for (; i + 2 * lanes <= to; i += 2 * lanes) {
      let p = x + (begin + i) * sizeof<T>();
      const pEnd = x + full * sizeof<T>();
      const k = shifts + i * sizeof<T>();
      const k0 = v128.load(k);
      const k1 = v128.load(k, 16);
      let a = splat<T>(0);
      let b = a;
      let aa = a;
      let bb = a;
      for (; p < pEnd; p += pitch) {
        const e = v128.sub<T>(v128.load(p), k0);
        const f = v128.sub<T>(v128.load(p, 16), k1);
        a = v128.add<T>(a, e);
        b = v128.add<T>(b, f);
        aa = madd<T>(e, e, aa);
        bb = madd<T>(f, f, bb);
        load<u8>(ahead);
        ahead += 2 * VECTOR;
      }
      addPair<T>(sums + (i << 3), a, b, rests);
      addPair<T>(squares + (i << 3), aa, bb, rests);
    }
    // What is left: the last columns, and of a shorter last row all of them.
    for (let j = full < end ? from : i; j < to; j++) {
      for (let e = (j < i ? full : begin) + j; e < end; e += columns) {
        addElement<T>(x + e * sizeof<T>(), shifts, sums, squares - sums, j, rests);
      }
    }
  }
}

/** Adds to a sum, and what that loses to what it has lost, `rests` bytes on. */
function addWide(place: usize, rests: usize, value: f64): void {
  const before = load<f64>(place);
  const after = before + value;
  store<f64>(place, after);
  store<f64>(place + rests, load<f64>(place + rests) + lost(before, value, after));
}

/** Adds the element at x, which is in column i, to its sums, `apart` bytes apart; gives it without its shift. */
export function addElement<T>(x: usize, shifts: usize, sums: usize, apart: usize, i: usize, rests: usize): f64 {
  const d = at<T>(x) - at<T>(shifts + i * sizeof<T>());
  sums += i << 3;
  if (sizeof<T>() == 8) {
    addWide(sums, rests, d);
    addWide(sums + apart, rests, d * d);
    return d;
  }
  store<f64>(sums, load<f64>(sums) + d);
  store<f64>(sums + apart, load<f64>(sums + apart) + d * d);
  return d;
}
