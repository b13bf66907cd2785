import { judge, type Truth, truthOfCall } from '@normlayers/conformance';
import { type NormCall, type NormResult, sizeOf, type Tensor } from '@normlayers/core';

/** What is wrong with an answer in a sentence; null where it is within the suite's budget. */
export type AnswerCheck = (results: NormResult) => string | null;

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
    return (results) => faultIn(results, truth);
  }
  const truths = new Map<number, Truth>();
  return (results) => {
    const wrong = Object.entries(results).find(([, tensor]) => tensor.shape.length !== call.x.shape.length);
    if (wrong !== undefined) return `${wrong[0]} has shape [${wrong[1].shape}]`;
    const rows = rowsOf(call.x);
    const features = call.x.shape.at(-1) as number;
    const step = Math.max(Math.floor(BLOCK / features), 1);
    for (let from = 0; from < rows; from += step) {
      const cut = (tensor: Tensor) => rowsBetween(tensor, from, Math.min(from + step, rows));
      const truth = truths.get(from) ?? truthOfCall({ ...call, x: cut(call.x) } as NormCall);
      truths.set(from, truth);
      const part = Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, cut(tensor)]));
      const fault = faultIn(part, truth);
      if (fault !== null) return from === 0 ? fault : `in the block from row ${from} on: ${fault}`;
    }
    return null;
  };
}

/** Where rows do not need one another: not where gradients of parameters are summed over them. */
function inBlocks({ op, mode, x, ...rest }: NormCall): boolean {
  const onRows = (op === 'layerNorm' || op === 'rmsNorm') && !('axes' in rest && rest.axes !== undefined);
  return onRows && mode !== 'backward' && sizeOf(x.shape) > 2 * BLOCK;
}

function rowsOf({ shape }: Tensor): number {
  return sizeOf(shape.slice(0, -1));
}

function rowsBetween({ dtype, shape, data }: Tensor, from: number, to: number): Tensor {
  const features = shape.at(-1) as number;
  return { dtype, shape: [to - from, features], data: data.subarray(from * features, to * features) };
}

function faultIn(results: NormResult, truth: Truth): string | null {
  const { faults } = judge(results, truth);
  return faults.length === 0 ? null : faults.join('; ');
}
