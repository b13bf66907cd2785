import { VECTOR } from './lanes';

/** out = a + b, element by element; out may be a or b. */
// @ts-expect-error: decorator
@inline
export function addOf<T>(a: usize, b: usize, out: usize, count: usize): void {
  const bytes = count * sizeof<T>();
  let i: usize = 0;
  for (; i + VECTOR <= bytes; i += VECTOR) {
    v128.store(out + i, v128.add<T>(v128.load(a + i), v128.load(b + i)));
  }
  for (; i < bytes; i += sizeof<T>()) store<T>(out + i, load<T>(a + i) + load<T>(b + i));
}
