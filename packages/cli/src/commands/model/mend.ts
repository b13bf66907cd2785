import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { NormError } from '@normlayers/core';
import {
  type Difference,
  judgeModel,
  type ModelJudgement,
  mend,
  type RunModel,
  roundingToHalf,
  type Target,
  verify,
} from '@normlayers/model';
import { CommandError, EXIT } from '../../command-error';
import { green, red } from '../../output/colours';
import { startProgress } from '../../output/progress';
import { checkReportFiles } from '../../output/write-report';
import { type OnnxModelFile, readOnnxFile, sayingWhich } from './model-file';
import { type InputOptions, inputsFor } from './model-inputs';
import { writeModelJson } from './model-json';
import { changesInWords, wrongOn } from './norm-words';
import { wasmInNode } from './run-in-node';

export interface MendCommandOptions extends InputOptions {
  readonly out: string;
  readonly for: Target;
  readonly json?: string;
  readonly quiet?: boolean;
}

/** Mends a model, verifies it and writes it; gives the exit code. What is not verified is not written. */
export async function mendCommand(path: string, options: MendCommandOptions): Promise<number> {
  checkReportFiles({ json: options.json, out: options.out });
  const file = readOnnxFile(path, 'mend');
  checkOut(file, options.out);
  const inputs = await inputsFor(path, file.bytes, options);
  const progress = startProgress(options.quiet === true);
  const { bytes: original, files } = file;
  const providers = providersFor(wasmInNode(file), file);
  try {
    progress.show(`${path}: looking at its norms`);
    const before = await judgeModel(original, { providers, inputs, files });
    progress.show(`${path}: mending`);
    const { bytes, changes } = sayingWhich(path, () =>
      mend(original, { target: options.for, files, judgement: before }),
    );
    progress.show(`${path}: verifying`);
    const difference =
      changes.length === 0
        ? null
        : await verify({ original, mended: bytes, run: providers.wasm, inputs, files });
    const after = changes.length === 0 ? before : await judgeModel(bytes, { providers, inputs, files });
    progress.stop();
    const { drift: _, ...found } = after;
    writeModelJson(options.json, { ...found, changes, difference });
    if (difference?.right === false) {
      return failed(`its outputs differ: ${difference.digits.toFixed(1)} digits agree. Nothing is written.`);
    }
    write(options.out, bytes);
    const proof =
      difference === null
        ? 'Nothing to mend'
        : `Mended: ${changesInWords(changes)}; ${difference.digits.toFixed(1)} digits of every output agree with the ${difference.against}${heldInWords(difference)}`;
    console.log(`${green(proof)}. Written: ${options.out}`);
    const unseen = after.norms.filter(({ unmeasured }) => unmeasured?.reason === 'not-reached').length;
    if (unseen > 0 && changes.length > 0) {
      console.log(
        `${unseen} of its norms are in branches that these inputs do not take: what changed there was not run.`,
      );
    }
    return stillWrong(after, options.out);
  } catch (error) {
    if (!(error instanceof NormError) || error.code !== 'backend') throw error;
    progress.stop();
    return failed(`it could not be verified: ${error.message} Nothing is written.${hint(error)}`);
  } finally {
    progress.stop();
  }
}

function heldInWords({ held }: Difference): string {
  return held === undefined ? '' : `, which holds ${held.toFixed(1)} on these inputs`;
}

/** The wasm provider; for float16 models also an engine that rounds each operator's result. */
export function providersFor(
  wasm: RunModel,
  { files }: OnnxModelFile,
): { wasm: RunModel; float16: RunModel } {
  return { wasm, float16: roundingToHalf(wasm, files) };
}

/** Symbolic sizes are 1 unless they are given, which not every model can do with. */
export function hint({ message }: NormError): string {
  return /shape|dimension|size/i.test(message)
    ? ' Give --size NAME=NUMBER for its symbolic sizes, or --input.'
    : '';
}

function stillWrong({ norms }: ModelJudgement, path: string): number {
  const wrong = norms.filter(({ measured }) => measured !== undefined && wrongOn(measured).length > 0);
  if (wrong.length === 0) return EXIT.passed;
  return failed(`${wrong.length} of its norms still come out wrong: normlayers model check ${path}`);
}

function failed(why: string): number {
  console.log(`${red('Failed')}: ${why}`);
  return EXIT.failed;
}

/** Weights beside the model stay where they are, and so does it. */
function checkOut({ path, locations }: OnnxModelFile, out: string): void {
  if (locations.length === 0 || dirname(resolve(path)) === dirname(resolve(out))) return;
  throw new CommandError(
    'usage',
    `--out ${out}: ${locations[0]} lies beside ${path}; write into the same folder.`,
  );
}

/** In one step: a reader sees the whole file or none. */
function write(path: string, bytes: Uint8Array): void {
  const part = `${path}.part`;
  try {
    writeFileSync(part, bytes);
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw new CommandError('usage', `--out ${path} cannot be written: ${(error as Error).message}.`);
  }
}
