import { restsOf } from './channels';
import { chunkOf, readAhead } from './chunks';
import { addElement } from './sums';
import { VECTOR, addPair, at, madd, splat } from '../lanes';

/**
 * Column by column: the sums of x - shift, of its square, of dy and of dy * (x - shift), which follow one another from
 * `sums` on, float64.
 */
export function sumGradients<T>(
  x: usize,
  dy: usize,
  shifts: usize,
  sums: usize,
  elements: usize,
  columns: usize,
  from: usize,
  to: usize,
): void {
  const pitch = columns * sizeof<T>();
  const apart = columns << 3;
  const rests = restsOf<T>(columns << 5);
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
      let ga = a;
      let gb = a;
      let gaa = a;
      let gbb = a;
      for (; p < pEnd; p += pitch) {
        const e = v128.sub<T>(v128.load(p), k0);
        const f = v128.sub<T>(v128.load(p, 16), k1);
        const o = p + (dy - x);
        const g = v128.load(o);
        const h = v128.load(o, 16);
        a = v128.add<T>(a, e);
        b = v128.add<T>(b, f);
        aa = madd<T>(e, e, aa);
        bb = madd<T>(f, f, bb);
        ga = v128.add<T>(ga, g);
        gb = v128.add<T>(gb, h);
        gaa = madd<T>(g, e, gaa);
        gbb = madd<T>(h, f, gbb);
        load<u8>(ahead);
        load<u8>(ahead + (dy - x));
        ahead += 2 * VECTOR;
      }
      let s = sums + (i << 3);
      addPair<T>(s, a, b, rests);
      addPair<T>((s += apart), aa, bb, rests);
      addPair<T>((s += apart), ga, gb, rests);
      addPair<T>(s + apart, gaa, gbb, rests);
    }
    // What is left, as above.
    for (let j = full < end ? from : i; j < to; j++) {
      for (let e = (j < i ? full : begin) + j; e < end; e += columns) {
        const p = x + e * sizeof<T>();
        const g = at<T>(p + (dy - x));
        const d = addElement<T>(p, shifts, sums, apart, j, rests);
        const s = sums + 2 * apart + (j << 3);
        store<f64>(s, load<f64>(s) + g);
        store<f64>(s + apart, load<f64>(s + apart) + g * d);
      }
    }
  }
}
