import type { BenchJson } from '@normlayers/benchmark';
import type { ConformanceJson } from '@normlayers/conformance';
import { MODES, OPS } from '@normlayers/core';

const GRADES = ['accurate', 'ordinary', 'imprecise', 'wrong', 'unsupported'];

export type SentReport =
  | { readonly kind: 'conformance'; readonly report: ConformanceJson }
  | { readonly kind: 'bench'; readonly report: BenchJson };

/**
 * Tells which of the two reports a file is, and holds it to schema 2.
 *
 * @throws Error that names what is missing, and where.
 */
export function checkReport(json: unknown): SentReport {
  const report = object(json, 'the file');
  if (report.schema !== 2) throw new Error(`schema is ${JSON.stringify(report.schema)}; expected 2`);
  object(report.environment, 'environment');
  if ('adapters' in report) {
    for (const [i, adapter] of list(report.adapters, 'adapters').entries())
      checkAdapter(adapter, `adapters[${i}]`);
    return { kind: 'conformance', report: json as ConformanceJson };
  }
  for (const [i, result] of list(report.results, 'results').entries()) checkTime(result, `results[${i}]`);
  return { kind: 'bench', report: json as BenchJson };
}

function checkAdapter(json: unknown, where: string): void {
  const { name, available, reason, cases } = object(json, where);
  text(name, `${where}.name`);
  if (available === false) return void text(reason, `${where}.reason`);
  for (const [i, one] of list(cases, `${where}.cases`).entries()) {
    const at = `${where}.cases[${i}]`;
    const { name: caseName, op, mode, grade } = object(one, at);
    text(caseName, `${at}.name`);
    oneOf(op, OPS, `${at}.op`);
    oneOf(mode, MODES, `${at}.mode`);
    oneOf(grade, GRADES, `${at}.grade`);
  }
}

function checkTime(json: unknown, where: string): void {
  const { adapter, op, mode, residency, medianMs, timesMemcpy, grade } = object(json, where);
  text(adapter, `${where}.adapter`);
  oneOf(op, OPS, `${where}.op`);
  oneOf(mode, MODES, `${where}.mode`);
  oneOf(residency, ['device', 'host'], `${where}.residency`);
  oneOf(grade, GRADES, `${where}.grade`);
  for (const [name, value] of Object.entries({ medianMs, timesMemcpy })) {
    if (typeof value !== 'number' || !(value >= 0)) throw new Error(`${where}.${name} is no time`);
  }
}

function object(json: unknown, where: string): Record<string, unknown> {
  if (typeof json === 'object' && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>;
  throw new Error(`${where} is no object`);
}

function list(json: unknown, where: string): unknown[] {
  if (Array.isArray(json)) return json;
  throw new Error(`${where} is no list`);
}

function text(json: unknown, where: string): void {
  if (typeof json !== 'string' || json === '') throw new Error(`${where} is no text`);
}

function oneOf(json: unknown, known: readonly string[], where: string): void {
  if (!known.includes(json as string)) {
    throw new Error(`${where} is ${JSON.stringify(json)}; expected one of ${known.join(', ')}`);
  }
}
