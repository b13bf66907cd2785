import {
  digitsOf,
  faultsText,
  type Grade,
  judge,
  type Truth,
  truthOfCall,
  worstGrade,
} from '@normlayers/conformance';
import type { NormCall, NormResult, Tensor } from '@normlayers/core';
import { isAlongAxes, sizeOf } from '@normlayers/core/adapter';

/** How good an answer is, by the conformance suite's rule: its worst element. */
export interface CheckedAnswer {
  readonly grade: Grade;
  /** Digits right in the output that has the fewest. */
  readonly digits: number;
  /** Why it is not accurate, in a sentence. */
  readonly message?: string;
}

export type AnswerCheck = (results: NormResult) => CheckedAnswer;

/**
 * Rows are judged in blocks of so many elements: what it takes to find the truth is twice the truth itself, of all of
 * [32768, 1024] at once 2 GB.
 */
const BLOCK = 2 ** 21;

/**
 * Works out the float64 truth of a call, to judge answers by the conformance suite's own rule, every element of every
 * output.
 */
export function answerCheck(call: NormCall): AnswerCheck {
  if (!inBlocks(call)) {
    const truth = truthOfCall(call);
    return (results) => checked(results, truth);
  }
  const truths = new Map<number, Truth>();
  return (results) => {
    const misshapen = Object.entries(results).find(([, { shape }]) => shape.length !== call.x.shape.length);
    if (misshapen !== undefined) {
      return { grade: 'wrong', digits: 0, message: `${misshapen[0]} has shape [${misshapen[1].shape}]` };
    }
    const rows = rowsOf(call.x);
    const features = call.x.shape.at(-1) as number;
    const step = Math.max(Math.floor(BLOCK / features), 1);
    let worst: CheckedAnswer = { grade: 'accurate', digits: digitsOf(call.x.dtype) };
    for (let from = 0; from < rows; from += step) {
      const cut = (tensor: Tensor) => rowsBetween(tensor, from, Math.min(from + step, rows));
      const truth = truths.get(from) ?? truthOfCall({ ...call, x: cut(call.x) } as NormCall);
      truths.set(from, truth);
      const part = Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, cut(tensor)]));
      worst = worseOf(worst, checked(part, truth), from);
    }
    return worst;
  };
}

/** Both blocks as one; the message is of the first that is as bad. */
function worseOf(before: CheckedAnswer, block: CheckedAnswer, from: number): CheckedAnswer {
  const digits = Math.min(before.digits, block.digits);
  const isWorse = before.grade !== block.grade && worstGrade([before.grade, block.grade]) === block.grade;
  if (!isWorse) return { ...before, digits };
  const where = from === 0 ? '' : `in the block from row ${from} on: `;
  return { grade: block.grade, digits, message: `${where}${block.message}` };
}

/** Where rows do not need one another: not where gradients of parameters are summed over them. */
function inBlocks(call: NormCall): boolean {
  const onRows = isAlongAxes(call) && call.axes === undefined;
  return onRows && call.mode !== 'backward' && sizeOf(call.x.shape) > 2 * BLOCK;
}

function rowsOf({ shape }: Tensor): number {
  return sizeOf(shape.slice(0, -1));
}

function rowsBetween({ dtype, shape, data }: Tensor, from: number, to: number): Tensor {
  const features = shape.at(-1) as number;
  return { dtype, shape: [to - from, features], data: data.subarray(from * features, to * features) };
}

function checked(results: NormResult, truth: Truth): CheckedAnswer {
  const { grade, outputs, faults } = judge(results, truth);
  const digits = outputs.reduce((fewest, output) => Math.min(fewest, output.digits), Infinity);
  return {
    grade,
    digits: Number.isFinite(digits) ? digits : 0,
    ...(faults.length === 0 ? {} : { message: faultsText(faults) }),
  };
}
