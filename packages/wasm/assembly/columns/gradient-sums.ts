import { addPair, element, madd, splat, VECTOR } from '../lanes';
import { Launch } from '../launch';
import { columnsEnd, columnSums, elementsOf, errorsOffset, firstColumn, pivots, sumsBytes } from './arrays';
import { chunkElements, readAhead } from './chunks';
import { addElement } from './sums';

/** Sums x - pivot, its square, dy and dy * (x - pivot), column by column, as `sumColumns` does. */
export function sumGradientColumns<T>(launch: Launch): void {
  const x = launch.x;
  const dy = launch.dy;
  const columns = launch.columns;
  const columnPivots = pivots<T>(launch);
  const sums = columnSums<T>(launch);
  const apart = sumsBytes(launch);
  const errors = errorsOffset<T>(launch);
  const elements = elementsOf(launch);
  const from = firstColumn(launch);
  const to = columnsEnd(launch);
  const pitch = columns * sizeof<T>();
  const wholeRows = elements - (elements % columns);
  const chunk = chunkElements<T>(columns);
  const lanes = VECTOR / sizeof<T>();
  for (let begin: usize = 0; begin < elements; begin += chunk) {
    const end = min(begin + chunk, elements);
    const full = min(end, wholeRows);
    let ahead = x + readAhead<T>(columns, begin, full, end, elements);
    let i = from;
    for (; i + 2 * lanes <= to; i += 2 * lanes) {
      let px = x + (begin + i) * sizeof<T>();
      const pEnd = x + full * sizeof<T>();
      const ppivot = columnPivots + i * sizeof<T>();
      const k0 = v128.load(ppivot);
      const k1 = v128.load(ppivot, 16);
      let a = splat<T>(0);
      let b = a;
      let aa = a;
      let bb = a;
      let ga = a;
      let gb = a;
      let gaa = a;
      let gbb = a;
      for (; px < pEnd; px += pitch) {
        const e = v128.sub<T>(v128.load(px), k0);
        const f = v128.sub<T>(v128.load(px, 16), k1);
        const pdy = px + (dy - x);
        const g = v128.load(pdy);
        const h = v128.load(pdy, 16);
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
      let sum = sums + (i << 3);
      addPair<T>(sum, a, b, errors);
      addPair<T>((sum += apart), aa, bb, errors);
      addPair<T>((sum += apart), ga, gb, errors);
      addPair<T>(sum + apart, gaa, gbb, errors);
    }
    // One element at a time, as in `sumColumns`.
    for (let j = full < end ? from : i; j < to; j++) {
      for (let e = (j < i ? full : begin) + j; e < end; e += columns) {
        const px = x + e * sizeof<T>();
        const g = element<T>(px + (dy - x));
        const d = addElement<T>(px, columnPivots, sums, apart, j, errors);
        const sum = sums + 2 * apart + (j << 3);
        store<f64>(sum, load<f64>(sum) + g);
        store<f64>(sum + apart, load<f64>(sum + apart) + g * d);
      }
    }
  }
}
