/** The smallest step of the clock that is seen, in ms. */
export function stepOfClock(): number {
  let least = Infinity;
  for (let tries = 0; tries < 20; tries++) {
    const from = performance.now();
    let now = from;
    while (now === from) now = performance.now();
    least = Math.min(least, now - from);
  }
  return least;
}
