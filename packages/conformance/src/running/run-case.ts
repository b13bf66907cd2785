import type { NormAdapter, NormCall, NormError, NormResult, PreparedNorm, Tensor } from '@normlayers/core';
import type { Unsupported } from '@normlayers/core/adapter';
import { isTensor, widened } from '@normlayers/core/adapter';
import type { ConformanceCase } from '../cases/conformance-case';
import type { Fault, RunFault } from '../judging/faults';
import { isAtLeast, worstGrade } from '../judging/grade';
import { judge } from '../judging/judge';
import { truthOf } from '../judging/truth';
import { NO_VERDICTS, upstreamVerdicts } from '../judging/upstream-rules';
import type { CaseReport } from '../reports/case-report';
import { graded, NO_FIGURES } from '../reports/graded';
import { beyondLimits } from './limits';
import { inOtherLayout } from './other-layout';

type Outcome = Pick<CaseReport, 'grade'> & Partial<CaseReport>;

/** Runs one case: the call, the same call in the other layout, and what must be refused. Never throws. */
export async function runCase(adapter: NormAdapter, testCase: ConformanceCase): Promise<CaseReport> {
  const { name, op, mode, dtype } = testCase;
  const outcome = await outcomeOf(adapter, testCase).catch((error) => threw(error));
  return { name, op, mode, dtype, ...NO_FIGURES, ...outcome };
}

async function outcomeOf(adapter: NormAdapter, testCase: ConformanceCase): Promise<Outcome> {
  if (testCase.refusal !== undefined && testCase.misuse === undefined) return refusalOf(adapter, testCase);
  const { call } = testCase;
  const support = adapter.supports(call);
  if (!support.supported) return refusalOfUnsupported(adapter, call, support);
  if (testCase.misuse !== undefined) return misuseOf(adapter, testCase);
  const beyond = beyondLimits(adapter, call);
  if (beyond !== null) {
    const { reason, code, values } = beyond;
    return {
      grade: 'unsupported',
      message: reason,
      unsupported: { code, ...(values === undefined ? {} : { values }) },
    };
  }

  const truth = truthOf(testCase);
  const first = await answerTo(adapter, call);
  if ('kind' in first) return wrong(first);
  const { grade, outputs, faults } = judge(first.results, truth, testCase.expected);
  const { y } = first.results;
  const wouldPass =
    truth.y !== undefined && y !== undefined && y.data.length === truth.y.values.length
      ? upstreamVerdicts(testCase.op, truth.y, widened(y.data))
      : NO_VERDICTS;
  if (grade === 'wrong') return { ...graded(grade, faults, outputs), wouldPass };

  const other = inOtherLayout(call);
  const second = other === null ? null : await inLayout(adapter, other.call);
  if (other === null || second === null) return { ...graded(grade, faults, outputs), wouldPass };
  if ('kind' in second) {
    return { ...graded('wrong', [...faults, { ...second, otherLayout: true }], outputs), wouldPass };
  }
  const again = judge(other.restore(second.results), truth, testCase.expected);
  const further = isAtLeast(grade, again.grade) && grade !== again.grade ? again.faults : [];
  const all = [...faults, ...further.map((fault): Fault => ({ ...fault, otherLayout: true }))];
  const both = [...outputs, ...again.outputs];
  return { ...graded(worstGrade([grade, again.grade]), all, both), wouldPass };
}

type Answer = { readonly results: NormResult } | RunFault;

/** Runs a call; also sees that the inputs are what they were. */
async function answerTo(adapter: NormAdapter, call: NormCall): Promise<Answer> {
  const before = Object.entries(call).flatMap(([name, value]) =>
    isTensor(value) ? [{ name, tensor: value, bits: bitsOf(value).slice() }] : [],
  );
  let results: NormResult;
  try {
    results = await adapter.run(call);
  } catch (error) {
    return { kind: codeOf(error) === 'unsupported' ? 'refused' : 'threw', error: described(error) };
  }
  const changed = before.find(({ tensor, bits }) => bitsOf(tensor).some((value, i) => value !== bits[i]));
  return changed === undefined ? { results } : { kind: 'input-changed', input: changed.name };
}

/** The call in its other layout; null where the adapter does not take that, and refuses it as it should. */
async function inLayout(adapter: NormAdapter, call: NormCall): Promise<Answer | null> {
  const support = adapter.supports(call);
  if (support.supported) return answerTo(adapter, call);
  return unrefused(adapter, call, support);
}

async function refusalOfUnsupported(
  adapter: NormAdapter,
  call: NormCall,
  support: Unsupported,
): Promise<Outcome> {
  const fault = await unrefused(adapter, call, support);
  if (fault !== null) return wrong(fault);
  const { reason, issue, code, values } = support;
  return {
    grade: 'unsupported',
    message: issue === undefined ? reason : `${reason} (${issue})`,
    ...(code === undefined ? {} : { unsupported: { code, ...(values === undefined ? {} : { values }) } }),
  };
}

/** Null where a call that is declared unsupported is refused as such. */
async function unrefused(
  adapter: NormAdapter,
  call: NormCall,
  { reason }: Unsupported,
): Promise<RunFault | null> {
  const thrown = await errorOf(() => adapter.run(call));
  if (codeOf(thrown) === 'unsupported') return null;
  return { kind: 'computed', reason, error: thrown === null ? null : described(thrown) };
}

async function refusalOf(adapter: NormAdapter, { call, refusal }: ConformanceCase): Promise<Outcome> {
  const thrown = await errorOf(() => adapter.run(call));
  return refusedWith(thrown, refusal);
}

async function misuseOf(adapter: NormAdapter, { call, refusal, misuse }: ConformanceCase): Promise<Outcome> {
  const prepared: PreparedNorm = await adapter.prepare(call);
  try {
    if (misuse === 'run-after-dispose') await prepared.dispose();
    const thrown = await errorOf(() => (misuse === 'run-after-dispose' ? prepared.run() : prepared.read()));
    return refusedWith(thrown, refusal);
  } finally {
    await prepared.dispose();
  }
}

function refusedWith(thrown: unknown, refusal: string | undefined): Outcome {
  if (codeOf(thrown) === refusal) {
    return { grade: 'accurate', budgetUsed: 0, strict: true, ulp: 0, maxAbsError: 0 };
  }
  return wrong({
    kind: 'accepted',
    expected: String(refusal),
    error: thrown === null ? null : described(thrown),
  });
}

async function errorOf(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt();
    return null;
  } catch (error) {
    return error;
  }
}

function bitsOf({ data }: Tensor): Uint16Array {
  return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
}

/** The code of a NormError, also of one from another copy of core. */
function codeOf(error: unknown): string | undefined {
  return error instanceof Error && error.name === 'NormError' ? (error as NormError).code : undefined;
}

function described(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = codeOf(error);
  return `${error.name}${code === undefined ? '' : ` '${code}'`}: ${error.message}`;
}

function threw(error: unknown): Outcome {
  return wrong({ kind: 'threw', error: described(error) });
}

function wrong(fault: Fault): Outcome {
  return graded('wrong', [fault], []);
}
