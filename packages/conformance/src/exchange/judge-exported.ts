import { NormError, type NormResult, type OutputName, type Tensor } from '@normlayers/core';
import { widened } from '@normlayers/core/adapter';
import { fromSafetensors } from '@normlayers/core/safetensors';
import type { Grade } from '../judging/grade';
import { judge } from '../judging/judge';
import type { OutputTruth, Truth } from '../judging/truth';
import { type AdapterReport, adapterReport } from '../reports/adapter-report';
import type { CaseReport } from '../reports/case-report';
import { graded, NO_FIGURES } from '../reports/graded';
import { EXPORTED_PARTS, type ExportedCase, type ExportedIndex, UNJUDGED } from './exported-case';

export interface JudgeExportedOptions {
  /** The program's name in the report. Default: `program`. */
  readonly name?: string;
  /** The grade that every case must have. Default: ordinary. */
  readonly grade?: Grade;
}

/**
 * Judges the results that a program put beside exported cases, by the bounds that were exported with them.
 *
 * @param read gives a file of the folder, null where it is not there. A case without results is unsupported.
 * @throws TypeError for a folder that is none of ours, NormError `file` where a file of ours is damaged; NormError `missing-argument` where no case has results.
 */
export async function judgeExported(
  read: (path: string) => Promise<Uint8Array | null>,
  { name = 'program', grade = 'ordinary' }: JudgeExportedOptions = {},
): Promise<AdapterReport> {
  const { cases } = indexOf(await read('index.json'));
  const reports: CaseReport[] = [];
  for (const exported of cases) reports.push(await judgeCase(exported, read));
  const judged = reports.filter((report) => report.grade !== 'unsupported');
  if (judged.length > 0) return adapterReport({ name, kind: 'peer' }, reports, grade);
  throw new NormError(
    'missing-argument',
    `none of the ${cases.length} cases has results; expected safetensors files such as ${cases[0]?.outputsFile}.`,
    { argument: 'outputs' },
  );
}

function indexOf(bytes: Uint8Array | null): ExportedIndex {
  if (bytes === null) throw new TypeError('index.json is not there; is this a folder of exported vectors?');
  const index = JSON.parse(new TextDecoder().decode(bytes)) as ExportedIndex;
  if (index.schema === 1 && Array.isArray(index.cases)) return index;
  throw new TypeError(`index.json has schema ${index.schema}; expected 1`);
}

async function judgeCase(
  exported: ExportedCase,
  read: (path: string) => Promise<Uint8Array | null>,
): Promise<CaseReport> {
  const { name, op, mode, dtype, file, outputsFile } = exported;
  const about = { name, op, mode, dtype, ...NO_FIGURES };
  const results = await read(outputsFile);
  if (results === null) {
    return {
      ...about,
      grade: 'unsupported',
      message: 'the program gave no results',
      unsupported: { code: 'no-results' },
    };
  }
  const tensors = await read(file);
  if (tensors === null) throw new TypeError(`${file} is not there, though index.json names it`);
  let given: NormResult;
  try {
    given = fromSafetensors(results) as NormResult;
  } catch (error) {
    const fault = { kind: 'threw', error: `${outputsFile}: ${(error as Error).message}` } as const;
    return { ...about, ...graded('wrong', [fault], []) };
  }
  const { grade, faults, outputs } = judge(given, truthIn(exported, fromSafetensors(tensors)));
  return { ...about, ...graded(grade, faults, outputs) };
}

function truthIn({ file, outputs }: ExportedCase, tensors: Readonly<Record<string, Tensor>>): Truth {
  const truths = Object.entries(outputs).map(([name, { dtype, shape }]) => {
    const part = (title: string): Float64Array => {
      const tensor = tensors[`${title}.${name}`];
      if (tensor === undefined) throw new TypeError(`${file}: tensor '${title}.${name}' is missing`);
      return widened(tensor.data);
    };
    const parts = Object.entries(EXPORTED_PARTS).map(([title, field]) => [field, part(title)]);
    const unjudged = tensors[`${UNJUDGED}.${name}`]?.data ?? new Uint8Array(part('truth').length);
    const truth = { dtype, shape, ...Object.fromEntries(parts), unjudged: Uint8Array.from(unjudged) };
    return [name as OutputName, truth as OutputTruth] as const;
  });
  return Object.fromEntries(truths);
}
