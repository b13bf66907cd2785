import type { CaseReport, Fault, Grade, PlainNumber } from '@normlayers/conformance';
import { shortFigure } from '../../../widgets/figures';
import { reasonWords } from './reasons';

const BESIDE: Readonly<Record<Grade, string>> = {
  accurate: '',
  ordinary: '不超过普通舍入',
  imprecise: '超过普通舍入',
  wrong: '不可用',
};

/** What came of a case, in Chinese: by its records, never by their English words. */
export function messageWords({
  message = '',
  faults,
  unsupported,
}: Pick<CaseReport, 'message' | 'faults' | 'unsupported'>): string {
  if (unsupported !== undefined) return reasonWords({ reason: message, ...unsupported });
  return faults === undefined || faults.length === 0 ? message : faults.map(faultWords).join('；');
}

function faultWords(fault: Fault): string {
  return fault.otherLayout === true ? `换一种轴的顺序之后：${wordsOf(fault)}` : wordsOf(fault);
}

function wordsOf(fault: Fault): string {
  switch (fault.kind) {
    case 'off': {
      const error = Math.abs(Number(fault.got) - Number(fault.expected));
      const times = figure(error / Number(fault.allowed));
      const elsewhere = Number(fault.largestError) > error ? `；最大误差 ${figure(fault.largestError)}` : '';
      const digits = `${fault.digits.toFixed(1)} 位正确，数据本身保有 ${fault.heldDigits.toFixed(1)} 位`;
      return `${found(fault)}，偏差 ${figure(error)}，是其预算 ${figure(fault.allowed)} 的 ${times} 倍；${digits}：${BESIDE[fault.grade]}${elsewhere}`;
    }
    case 'misplaced':
      return found(fault);
    case 'outside': {
      const doubt = fault.truthAgrees ? '' : '；float64 的答案也与向量不同';
      return `${element(fault)} 为 ${figure(fault.got)}；向量给出 ${figure(fault.expected)}（${ruleWords(fault.rule)}）${doubt}`;
    }
    case 'missing':
      return `缺少 ${fault.output}`;
    case 'unexpected':
      return `返回了这个调用没有的 ${fault.output}`;
    case 'dtype':
      return `${fault.output} 的类型为 ${fault.got}，应为 ${fault.expected}`;
    case 'shape':
      return `${fault.output} 的形状为 [${fault.got}]，应为 [${fault.expected}]`;
    case 'length':
      return `${fault.output} 有 ${fault.got} 个元素，按形状应有 ${fault.expected} 个`;
    case 'threw':
      return `抛出异常：${fault.error}`;
    case 'refused':
      return `supports() 说可以，调用却被拒绝：${fault.error}`;
    case 'computed':
      return `supports() 说不可以（${fault.reason}），run() 却${fault.error === null ? '返回了结果' : `抛出 ${fault.error}`}`;
    case 'accepted':
      return `应以 '${fault.expected}' 拒绝；${fault.error === null ? '没有抛出异常' : `抛出的却是 ${fault.error}`}`;
    case 'input-changed':
      return `适配器改动了输入 ${fault.input}`;
  }
}

function ruleWords(rule: (Fault & { kind: 'outside' })['rule']): string {
  if (rule.kind === 'ulp') return `${rule.ulps} ulp 以内`;
  return `rtol ${rule.rtol}，atol ${typeof rule.atol === 'number' ? rule.atol : '逐通道'}`;
}

interface Element {
  readonly output: string;
  readonly index: number;
  readonly shape: readonly number[];
  readonly got: PlainNumber;
  readonly expected: PlainNumber;
}

function found(fault: Element): string {
  return `${element(fault)} 为 ${figure(fault.got)}，应为 ${figure(fault.expected)}`;
}

function element({ output, index, shape }: Element): string {
  const place: number[] = [];
  let rest = index;
  for (const size of [...shape].reverse()) {
    place.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `${output}[${place}]`;
}

function figure(value: PlainNumber): string {
  return typeof value === 'number' ? shortFigure(value) : value;
}
