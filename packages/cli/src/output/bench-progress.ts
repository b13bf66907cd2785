import { type BenchProgress, stageText } from '@normlayers/benchmark';

/** How far a bench is, in a line. */
export function progressLine({
  done,
  total,
  case: { op, mode, shape },
  residency,
  stage,
}: BenchProgress): string {
  return `${done + 1} of ${total}: ${op} ${mode} ${shape.join('x')}, ${residency}: ${stageText(stage)}`;
}
