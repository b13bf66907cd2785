import type { OutsideTolerance } from '../cases/conformance-case';
import type { Fault, PlainNumber } from './faults';
import type { Grade } from './grade';

/**
 * A fault as an English sentence. The only place where the suite's findings are put into words.
 *
 * @example
 * ```ts
 * import { faultText } from '@normlayers/conformance';
 *
 * assert.equal(faultText({ kind: 'missing', output: 'invStd' }), 'invStd is missing');
 * ```
 */
export function faultText(fault: Fault): string {
  const text = textOf(fault);
  return fault.otherLayout === true ? `in the other layout: ${text}` : text;
}

/** All faults of a case in one line. */
export function faultsText(faults: readonly Fault[]): string {
  return faults.map(faultText).join('; ');
}

function textOf(fault: Fault): string {
  switch (fault.kind) {
    case 'off':
      return offText(fault);
    case 'misplaced':
      return `${element(fault)} is ${short(fault.got)}, expected ${short(fault.expected)}`;
    case 'outside': {
      const doubt = fault.truthAgrees ? '' : '; float64 gives another number than the vector, too';
      return `${element(fault)} is ${short(fault.got)}; the vector expects ${short(fault.expected)} (${ruleText(fault.rule)})${doubt}`;
    }
    case 'missing':
      return `${fault.output} is missing`;
    case 'unexpected':
      return `${fault.output} was returned, which this call does not give`;
    case 'dtype':
      return `${fault.output} is ${fault.got}; expected ${fault.expected}`;
    case 'shape':
      return `${fault.output} has shape [${fault.got}]; expected [${fault.expected}]`;
    case 'length':
      return `${fault.output} has ${fault.got} elements; its shape needs ${fault.expected}`;
    case 'threw':
      return `threw ${fault.error}`;
    case 'refused':
      return `supports() takes the call, but it was refused: ${fault.error}`;
    case 'computed':
      return `supports() says no (${fault.reason}), but run() ${
        fault.error === null ? 'returned results' : `threw ${fault.error}`
      }`;
    case 'accepted':
      return `expected a NormError with code '${fault.expected}'; ${
        fault.error === null ? 'nothing was thrown' : `got ${fault.error}`
      }`;
    case 'input-changed':
      return `the adapter changed its input ${fault.input}`;
  }
}

const BESIDE: Readonly<Record<Grade, string>> = {
  accurate: '',
  ordinary: 'within what ordinary rounding gives',
  imprecise: 'beyond what ordinary rounding gives',
  wrong: 'unusable',
};

function offText(fault: Fault & { kind: 'off' }): string {
  const { got, expected, allowed, grade, digits, heldDigits, largestError } = fault;
  const error = Math.abs(Number(got) - Number(expected));
  const elsewhere = Number(largestError) > error ? `; largest error ${short(largestError)}` : '';
  const times = `${short(error / Number(allowed))} times its budget of ${short(allowed)}`;
  const right = `${digits.toFixed(1)} digits right, the data hold ${heldDigits.toFixed(1)}`;
  return `${element(fault)} is ${short(got)}, expected ${short(expected)}, off by ${short(error)}, ${times}; ${right}: ${BESIDE[grade]}${elsewhere}`;
}

/** `within 6 ulp`, `rtol 0.001, atol 0`. */
export function ruleText(rule: OutsideTolerance): string {
  if (rule.kind === 'ulp') return `within ${rule.ulps} ulp`;
  const atol = typeof rule.atol === 'number' ? String(rule.atol) : 'per channel';
  return `rtol ${rule.rtol}, atol ${atol}`;
}

function element({
  output,
  index,
  shape,
}: {
  output: string;
  index: number;
  shape: readonly number[];
}): string {
  const coordinates: number[] = [];
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    coordinates.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return `${output}[${coordinates}]`;
}

function short(value: PlainNumber): string {
  return String(Number(Number(value).toPrecision(6)));
}
