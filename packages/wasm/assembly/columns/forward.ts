import { element } from '../lanes';
import { Launch } from '../launch';
import { slowForward } from '../slow-path';
import { correction, invStd, pivot, SETTLED, SLOW, takeGiven, usable, writeStatistics } from '../statistics';
import { biases, clearColumnSums, factors, pivots, slowChannels } from './arrays';
import { choosePivots, settleChannel, spread } from './channels';
import { sumColumns } from './sums';
import { writeColumns } from './writes';

/**
 * y = gamma * xhat + beta for channels whose elements are not neighbours: Batch Norm where the channels come
 * last, or first with few positions. y must not be x. Scratch: columns * 48 bytes (float64: 96), and a byte
 * for each channel.
 */
// @ts-expect-error: decorator
@inline
export function columnsForward<T>(launch: Launch): void {
  if (!launch.given) {
    choosePivots<T>(launch);
    clearColumnSums<T>(launch, 2);
    sumColumns<T>(launch);
  }
  const end = launch.end;
  for (let c = launch.begin; c < end; c++) {
    let outcome = SETTLED;
    if (launch.given) {
      takeGiven(launch, c);
      spread<T>(launch, pivots<T>(launch), c, pivot);
    } else {
      outcome = settleChannel<T>(launch, c);
    }
    const factor = invStd * element<T>(launch.gamma + c * sizeof<T>());
    if (!usable(factor)) outcome = SLOW;
    store<u8>(slowChannels<T>(launch) + c, outcome != SETTLED ? 1 : 0);
    spread<T>(launch, factors<T>(launch), c, factor);
    spread<T>(launch, biases<T>(launch), c, element<T>(launch.beta + c * sizeof<T>()) - correction * factor);
    writeStatistics(launch, c);
  }
  writeColumns<T>(launch, launch.x, biases<T>(launch));
  for (let c = launch.begin; c < end; c++) {
    if (load<u8>(slowChannels<T>(launch) + c) == 0) continue;
    if (launch.given) takeGiven(launch, c);
    slowForward<T>(launch, c);
    writeStatistics(launch, c);
  }
}
