import { maskCases } from './arguments/mask-cases';
import { residualCases } from './arguments/residual-cases';
import { badInputCases } from './bad-input-cases';
import type { ConformanceCase } from './conformance-case';
import { gridCases } from './grid-cases';
import { hardInputCases } from './hard-input-cases';
import { regressionCases } from './regression-cases';
import { runningStatisticsCases } from './running-statistics-cases';

let made: readonly ConformanceCase[] | undefined;

/**
 * The suite's own cases: a grid over operation, mode, type, rank, layout, axes, parameters and epsilon; hard inputs;
 * running statistics under each convention; residuals and gamma stored as a difference; masks; one case per upstream issue; bad input. The same in every run, and the same
 * objects, so that the truth of each is worked out once however many adapters are run.
 */
export function generatedCases(): readonly ConformanceCase[] {
  made ??= [
    ...gridCases(),
    ...hardInputCases(),
    ...runningStatisticsCases(),
    ...residualCases(),
    ...maskCases(),
    ...regressionCases(),
    ...badInputCases(),
  ];
  return made;
}
