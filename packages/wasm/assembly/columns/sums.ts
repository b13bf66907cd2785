import { addPair, element, madd, splat, VECTOR } from '../lanes';
import { Launch } from '../launch';
import { twoSumError } from '../sums';
import { columnsEnd, columnSums, elementsOf, errorsOffset, firstColumn, pivots, sumsBytes } from './arrays';
import { chunkElements, readAhead } from './chunks';

/** Sums x - pivot and its square, column by column: two vectors wide, so that the sums stay in registers. */
export function sumColumns<T>(launch: Launch): void {
  const x = launch.x;
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
      for (; px < pEnd; px += pitch) {
        const e = v128.sub<T>(v128.load(px), k0);
        const f = v128.sub<T>(v128.load(px, 16), k1);
        a = v128.add<T>(a, e);
        b = v128.add<T>(b, f);
        aa = madd<T>(e, e, aa);
        bb = madd<T>(f, f, bb);
        load<u8>(ahead);
        ahead += 2 * VECTOR;
      }
      const sum = sums + (i << 3);
      addPair<T>(sum, a, b, errors);
      addPair<T>(sum + apart, aa, bb, errors);
    }
    // One element at a time: the last columns, and of a shorter last row all columns.
    for (let j = full < end ? from : i; j < to; j++) {
      for (let e = (j < i ? full : begin) + j; e < end; e += columns) {
        addElement<T>(x + e * sizeof<T>(), columnPivots, sums, apart, j, errors);
      }
    }
  }
}

/** Adds the element at x, which is in column i, to its sums; gives x - pivot. */
export function addElement<T>(
  x: usize,
  columnPivots: usize,
  sums: usize,
  apart: usize,
  i: usize,
  errors: usize,
): f64 {
  const d = element<T>(x) - element<T>(columnPivots + i * sizeof<T>());
  sums += i << 3;
  if (sizeof<T>() == 8) {
    addCompensated(sums, errors, d);
    addCompensated(sums + apart, errors, d * d);
    return d;
  }
  store<f64>(sums, load<f64>(sums) + d);
  store<f64>(sums + apart, load<f64>(sums + apart) + d * d);
  return d;
}

/** Adds to a sum, and the TwoSum error to its compensation. */
function addCompensated(sum: usize, errors: usize, value: f64): void {
  const before = load<f64>(sum);
  const after = before + value;
  store<f64>(sum, after);
  store<f64>(sum + errors, load<f64>(sum + errors) + twoSumError(before, value, after));
}
