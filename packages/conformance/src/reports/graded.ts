import { faultsText } from '../judging/fault-text';
import type { Fault } from '../judging/faults';
import type { OutputJudgement } from '../judging/judge';
import type { CaseGrade, CaseReport } from './case-report';

/** The figures of a case that has none. */
export const NO_FIGURES = {
  digits: null,
  heldDigits: null,
  budgetUsed: null,
  strict: false,
  ulp: null,
  maxAbsError: null,
} as const;

/** What a report says of a case that was judged: its grade, its figures where there are outputs, and its faults. */
export function graded(
  grade: CaseGrade,
  faults: readonly Fault[],
  outputs: readonly OutputJudgement[],
): Pick<CaseReport, 'grade'> & Partial<CaseReport> {
  return {
    grade,
    ...figuresOf(outputs),
    ...(faults.length === 0 ? {} : { message: faultsText(faults), faults }),
  };
}

function figuresOf(outputs: readonly OutputJudgement[]): Partial<CaseReport> {
  if (outputs.length === 0) return {};
  const worst = outputs.reduce((a, b) => (b.budgetUsed > a.budgetUsed ? b : a));
  const fewest = outputs.reduce((a, b) => (b.digits < a.digits ? b : a));
  const largest = (pick: (output: OutputJudgement) => number) => finiteOrNull(Math.max(...outputs.map(pick)));
  return {
    digits: fewest.digits,
    heldDigits: fewest.heldDigits,
    budgetUsed: finiteOrNull(worst.budgetUsed),
    strict: outputs.every(({ strict }) => strict),
    ulp: largest(({ ulp }) => ulp),
    maxAbsError: largest(({ maxAbsError }) => maxAbsError),
    output: worst.output,
  };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
