import { element } from '../lanes';
import { Launch } from '../launch';
import { slowBackward } from '../slow-path';
import { correction, invStd, SETTLED, takeGiven } from '../statistics';
import { compensated, dotGX, dotGXError, sumG, sumGError } from '../sums';
import {
  gradientBytes,
  GradientSums,
  groupBytes,
  GroupSums,
  liesApart,
  loadGradientSums,
  parameterOf,
  SettledGroup,
  settleGroup,
} from './groups';
import { sumStretches } from './sums';
import { writeStretch, writeStretchGradient } from './writes';

/**
 * dx for groups as `stretchesForward` takes them; adds to dgamma and dbeta.
 *
 * Scratch: for each group that is computed at once 32 bytes (float64: 40), and 16 (32) for each of its
 * parameters.
 */
// @ts-expect-error: decorator
@inline
export function stretchesBackward<T>(launch: Launch): void {
  const end = launch.end;
  const step = liesApart(launch) ? end - launch.begin : 1;
  const parametersPerGroup = launch.n / launch.perParameter;
  const groups = launch.scratch;
  const gradients = groups + step * groupBytes<T>();
  for (let begin = launch.begin; begin < end; begin += step) {
    memory.fill(gradients, 0, step * parametersPerGroup * gradientBytes<T>());
    sumStretches<T>(launch, launch.dy, begin, begin + step, groups, gradients, parametersPerGroup);
    for (let g = begin; g < begin + step; g++) {
      const group = groups + (g - begin) * groupBytes<T>();
      const sums = gradients + (g - begin) * parametersPerGroup * gradientBytes<T>();
      settleGradients<T>(launch, g, group, sums, parametersPerGroup);
    }
    // The last stretches first, as forward.
    for (let j = launch.runs; j-- > 0; ) {
      for (let g = begin; g < begin + step; g++) {
        const group = changetype<SettledGroup>(groups + (g - begin) * groupBytes<T>());
        writeGradient<T>(launch, g, j, parametersPerGroup, group);
      }
    }
  }
}

/** Adds group g's sums to dgamma and dbeta, and turns them into what dx is written with. */
function settleGradients<T>(
  launch: Launch,
  g: usize,
  group: usize,
  gradients: usize,
  parameters: usize,
): void {
  const settled = changetype<SettledGroup>(group);
  if (launch.given) {
    takeGiven(launch, g);
  } else if (settleGroup<T>(launch, changetype<GroupSums>(group)) != SETTLED) {
    slowBackward<T>(launch, g);
    settled.invStd = NaN;
    return;
  }
  const n = <f64>launch.n;
  let gradient: f64 = 0;
  let gradientXhat: f64 = 0;
  for (let j: usize = 0; j < parameters; j++) {
    const p = parameterOf(launch, g, j, parameters);
    loadGradientSums<T>(changetype<GradientSums>(gradients + j * gradientBytes<T>()));
    const sumDy = sizeof<T>() == 8 ? compensated(sumG, sumGError) : sumG;
    const dotDyX = sizeof<T>() == 8 ? compensated(dotGX, dotGXError) : dotGX;
    const dotDyXhat = (dotDyX - correction * sumDy) * invStd;
    const dgamma = launch.dgamma + (p << 3);
    const dbeta = launch.dbeta + (p << 3);
    store<f64>(dgamma, load<f64>(dgamma) + dotDyXhat);
    store<f64>(dbeta, load<f64>(dbeta) + sumDy);
    const gamma = element<T>(launch.gamma + p * sizeof<T>());
    gradient += sumDy * gamma;
    gradientXhat += dotDyXhat * gamma;
  }
  const slope = (-invStd * invStd * gradientXhat) / n;
  settled.invStd = invStd;
  settled.correctionOrSlope = slope;
  settled.intercept = -correction * slope - (launch.centred ? (invStd * gradient) / n : 0);
}

function writeGradient<T>(launch: Launch, g: usize, j: usize, parameters: usize, group: SettledGroup): void {
  const groupInvStd = group.invStd;
  const p = parameterOf(launch, g, j, parameters);
  const offset = (g * launch.groupStride + j * launch.runStride) * sizeof<T>();
  const x = launch.x + offset;
  const dy = launch.dy + offset;
  const dx = launch.out + offset;
  const bytes = launch.length * sizeof<T>();
  const scale = element<T>(launch.gamma + p * sizeof<T>()) * groupInvStd;
  if (launch.given) writeStretch<T>(launch, dy, dx, bytes, 0, scale, 0);
  else if (groupInvStd == groupInvStd) writeStretchGradient<T>(launch, x, dy, dx, bytes, scale, group);
}
