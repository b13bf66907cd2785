import { element } from '../lanes';
import { Launch } from '../launch';
import { slowBackward } from '../slow-path';
import { correction, invStd, pivot, SETTLED, takeGiven } from '../statistics';
import { compensated } from '../sums';
import {
  clearColumnSums,
  columnSums,
  errorsOffset,
  factors,
  intercepts,
  pivots,
  slopes,
  slowChannels,
  sumsBytes,
} from './arrays';
import { choosePivots, gathered, settleChannel, spread } from './channels';
import { sumGradientColumns } from './gradient-sums';
import { writeColumns, writeGradientColumns } from './writes';

/**
 * dx for channels as `columnsForward` takes them, with as much scratch; dx must not be x or dy. Adds to
 * dgamma and dbeta.
 */
// @ts-expect-error: decorator
@inline
export function columnsBackward<T>(launch: Launch): void {
  const begin = launch.begin;
  const end = launch.end;
  if (launch.given) {
    for (let c = begin; c < end; c++) {
      takeGiven(launch, c);
      spread<T>(launch, pivots<T>(launch), c, pivot);
    }
  } else {
    choosePivots<T>(launch);
  }
  clearColumnSums<T>(launch, 4);
  sumGradientColumns<T>(launch);
  for (let c = begin; c < end; c++) {
    let outcome = SETTLED;
    if (launch.given) takeGiven(launch, c);
    else outcome = settleChannel<T>(launch, c);
    store<u8>(slowChannels<T>(launch) + c, outcome != SETTLED ? 1 : 0);
    if (outcome == SETTLED) settleGradients<T>(launch, c);
  }
  if (launch.given) {
    memory.fill(pivots<T>(launch), 0, launch.columns * sizeof<T>());
    writeColumns<T>(launch, launch.dy, pivots<T>(launch));
  } else {
    writeGradientColumns<T>(launch);
  }
  for (let c = begin; c < end; c++) {
    if (load<u8>(slowChannels<T>(launch) + c) != 0) slowBackward<T>(launch, c);
  }
}

/** Adds a channel's sums to dgamma and dbeta, and notes what dx is written with. */
function settleGradients<T>(launch: Launch, c: usize): void {
  const sumsDy = columnSums<T>(launch) + 2 * sumsBytes(launch);
  const dots = sumsDy + sumsBytes(launch);
  let sumDy = gathered(launch, sumsDy, c);
  let dotDyX = gathered(launch, dots, c);
  if (sizeof<T>() == 8) {
    const errors = errorsOffset<T>(launch);
    sumDy = compensated(sumDy, gathered(launch, sumsDy + errors, c));
    dotDyX = compensated(dotDyX, gathered(launch, dots + errors, c));
  }
  const dotDyXhat = (dotDyX - correction * sumDy) * invStd;
  const dgamma = launch.dgamma + (c << 3);
  const dbeta = launch.dbeta + (c << 3);
  store<f64>(dgamma, load<f64>(dgamma) + dotDyXhat);
  store<f64>(dbeta, load<f64>(dbeta) + sumDy);
  const n = <f64>launch.n;
  const scale = element<T>(launch.gamma + c * sizeof<T>()) * invStd;
  const slope = (-scale * invStd * dotDyXhat) / n;
  spread<T>(launch, factors<T>(launch), c, scale);
  spread<T>(launch, slopes<T>(launch), c, slope);
  spread<T>(launch, intercepts<T>(launch), c, -correction * slope - (scale * sumDy) / n);
}
