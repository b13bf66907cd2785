import type { NormAdapter, NormCall, NormError, NormResult, PreparedNorm, Tensor } from '@normlayers/core';
import { widened } from '@normlayers/core';
import type { ConformanceCase } from '../cases/conformance-case';
import { type Judgement, judge } from '../judging/judge';
import { isTensor, truthOf } from '../judging/truth';
import { NO_VERDICTS, upstreamVerdicts } from '../judging/upstream-rules';
import type { CaseReport, Status } from '../reports/adapter-report';
import { inOtherLayout } from './other-layout';

type Outcome = Pick<CaseReport, 'status' | 'message'> & Partial<CaseReport>;

/** Runs one case: the call, the same call in the other layout, and what must be refused. Never throws. */
export async function runCase(adapter: NormAdapter, testCase: ConformanceCase): Promise<CaseReport> {
  const { name, op, mode, dtype } = testCase;
  const outcome = await outcomeOf(adapter, testCase).catch((error) => failed(`threw ${described(error)}`));
  return { name, op, mode, dtype, budgetUsed: null, strict: false, ulp: null, maxAbsError: null, ...outcome };
}

async function outcomeOf(adapter: NormAdapter, testCase: ConformanceCase): Promise<Outcome> {
  if (testCase.refusal !== undefined && testCase.misuse === undefined) return refusalOf(adapter, testCase);
  const { call } = testCase;
  const support = adapter.supports(call);
  if (!support.supported) return refusalOfUnsupported(adapter, call, support);
  if (testCase.misuse !== undefined) return misuseOf(adapter, testCase);

  const truth = truthOf(testCase);
  const first = await answerTo(adapter, call);
  if ('fault' in first) return failed(first.fault);
  const judgement = judge(first.results, truth, testCase.expected);
  const figures = figuresOf(judgement);
  const y = first.results.y;
  const wouldPass =
    truth.y !== undefined && y !== undefined && y.data.length === truth.y.values.length
      ? upstreamVerdicts(testCase.op, truth.y, widened(y.data))
      : NO_VERDICTS;
  if (judgement.faults.length > 0) return { ...failed(judgement.faults.join('; ')), ...figures, wouldPass };

  const other = inOtherLayout(call);
  if (other === null) return { status: 'passed', ...figures, wouldPass };
  const second = await inLayout(adapter, other.call);
  if (second === null) return { status: 'passed', ...figures, wouldPass };
  if ('fault' in second) return { ...failed(`in the other layout: ${second.fault}`), ...figures, wouldPass };
  const again = judge(other.restore(second.results), truth, testCase.expected);
  const both = figuresOf({ outputs: [...judgement.outputs, ...again.outputs], faults: [] });
  if (again.faults.length > 0) {
    return { ...failed(`in the other layout: ${again.faults.join('; ')}`), ...both, wouldPass };
  }
  return { status: 'passed', ...both, wouldPass };
}

type Answer = { readonly results: NormResult } | { readonly fault: string };

/** Runs a call; also sees that the inputs are what they were. */
async function answerTo(adapter: NormAdapter, call: NormCall): Promise<Answer> {
  const before = Object.entries(call).flatMap(([name, value]) =>
    isTensor(value) ? [{ name, tensor: value, bits: bitsOf(value).slice() }] : [],
  );
  let results: NormResult;
  try {
    results = await adapter.run(call);
  } catch (error) {
    if (codeOf(error) === 'unsupported')
      return { fault: `supports() takes the call, but it was refused: ${described(error)}` };
    return { fault: `threw ${described(error)}` };
  }
  const changed = before.find(({ tensor, bits }) => bitsOf(tensor).some((value, i) => value !== bits[i]));
  if (changed !== undefined) return { fault: `the adapter changed its input ${changed.name}` };
  return { results };
}

/** The call in its other layout; null where the adapter does not take that, and refuses it as it should. */
async function inLayout(adapter: NormAdapter, call: NormCall): Promise<Answer | null> {
  const support = adapter.supports(call);
  if (support.supported) return answerTo(adapter, call);
  const refusal = await refusalOfUnsupported(adapter, call, support);
  return refusal.status === 'unsupported' ? null : { fault: refusal.message ?? 'not refused' };
}

async function refusalOfUnsupported(
  adapter: NormAdapter,
  call: NormCall,
  support: { readonly reason: string; readonly issue?: string },
): Promise<Outcome> {
  const thrown = await errorOf(() => adapter.run(call));
  if (codeOf(thrown) === 'unsupported') {
    return outcome(
      'unsupported',
      support.issue === undefined ? support.reason : `${support.reason} (${support.issue})`,
    );
  }
  return failed(
    `supports() says no (${support.reason}), but run() ${thrown === null ? 'returned results' : `threw ${described(thrown)}`}`,
  );
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
    return { status: 'passed', budgetUsed: 0, strict: true, ulp: 0, maxAbsError: 0 };
  }
  return failed(
    `expected a NormError with code '${refusal}'; ${thrown === null ? 'nothing was thrown' : `got ${described(thrown)}`}`,
  );
}

async function errorOf(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt();
    return null;
  } catch (error) {
    return error;
  }
}

function figuresOf({ outputs }: Judgement): Partial<CaseReport> {
  if (outputs.length === 0) return {};
  const worst = outputs.reduce((a, b) => (b.budgetUsed > a.budgetUsed ? b : a));
  const largest = (pick: (output: (typeof outputs)[number]) => number) =>
    finiteOrNull(Math.max(...outputs.map(pick)));
  return {
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

function outcome(status: Status, message: string): Outcome {
  return { status, message };
}

function failed(message: string): Outcome {
  return outcome('failed', message);
}
