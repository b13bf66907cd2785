import { NormError } from '@normlayers/core';
import type { Change, Difference, ModelJudgement } from '@normlayers/model';
import { EXIT } from '../../command-error';
import { green, red } from '../../output/colours';
import { type Progress, startProgress } from '../../output/progress';
import { checkReportFiles } from '../../output/write-report';
import { sayingWhich } from './formats/model-file';
import { withModel } from './formats/open-model';
import type { OpenedModel, Trial } from './formats/opened-model';
import { type InputOptions, inputsFor } from './model-inputs';
import { writeModelJson } from './model-json';
import { changesInWords, wrongOn } from './norm-words';

export interface MendCommandOptions extends InputOptions {
  readonly out: string;
  readonly for: string;
  readonly json?: string;
  readonly quiet?: boolean;
}

/** Mends a model, verifies it and writes it; gives the exit code. What is not verified is not written. */
export async function mendCommand(path: string, options: MendCommandOptions): Promise<number> {
  checkReportFiles({ json: options.json, out: options.out });
  return withModel(path, async (model) => {
    model.checkOut(options.out);
    // A target of the other format is told before anything runs.
    sayingWhich(path, () => model.inspect(options.for));
    const inputs = await inputsFor(model, options);
    const progress = startProgress(options.quiet === true);
    try {
      return await model.withProviders('node', {}, progress, (providers) =>
        mended(model, { providers, inputs }, options, progress),
      );
    } catch (error) {
      if (!(error instanceof NormError) || error.code !== 'backend') throw error;
      progress.stop();
      return failed(`it could not be verified: ${error.message} Nothing is written.${hint(error)}`);
    } finally {
      progress.stop();
    }
  });
}

async function mended<M>(
  model: OpenedModel<M>,
  trial: Trial<M>,
  options: MendCommandOptions,
  progress: Progress,
): Promise<number> {
  const { path } = model;
  progress.show(`${path}: mending`);
  const { mended: content, changes } = await model.mend(options.for, trial);
  progress.show(`${path}: verifying`);
  const difference = changes.length === 0 ? null : await model.verify(content, trial);
  progress.show(`${path}: looking at its norms`);
  const after = await model.judge(content, trial);
  progress.stop();
  const { drift: _, ...found } = after;
  try {
    return delivered(model, options.out, content, { changes, difference, after });
  } finally {
    writeModelJson(options.json, { ...found, changes, difference });
  }
}

/** What came of mending. */
interface Mended {
  readonly changes: readonly Change[];
  /** Null where nothing was changed. */
  readonly difference: Difference | null;
  readonly after: ModelJudgement;
}

/** Writes what is verified, and says what it is. */
function delivered<M>(
  model: OpenedModel<M>,
  out: string,
  content: M,
  { changes, difference, after }: Mended,
): number {
  if (difference?.right === false) {
    return failed(`its outputs differ: ${difference.digits.toFixed(1)} digits agree. Nothing is written.`);
  }
  model.write(out, content);
  const proof =
    difference === null
      ? 'Nothing to mend'
      : `Mended: ${changesInWords(changes)}; ${difference.digits.toFixed(1)} digits of every output agree with the ${difference.against}${heldInWords(difference)}`;
  console.log(`${green(proof)}. Written: ${out}`);
  const unseen = after.norms.filter(({ unmeasured }) => unmeasured?.reason === 'not-reached').length;
  if (unseen > 0 && changes.length > 0) {
    console.log(
      `${unseen} of its norms are in branches that these inputs do not take: what changed there was not run.`,
    );
  }
  return stillWrong(after, out);
}

function heldInWords({ held }: Difference): string {
  return held === undefined ? '' : `, which holds ${held.toFixed(1)} on these inputs`;
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
