import { GRADES, type Grade, textTable, worstGrade } from '@normlayers/conformance';
import { NormError } from '@normlayers/core';
import type { ModelJudgement, Norm, RunModel } from '@normlayers/model';
import { EXIT } from '../../command-error';
import { type BrowserFlags, runtimeOf } from '../../options/runtime';
import { green, red, yellow } from '../../output/colours';
import { type Progress, startProgress } from '../../output/progress';
import { checkReportFiles } from '../../output/write-report';
import { withModel } from './formats/open-model';
import type { OpenedModel, Providers, Trial } from './formats/opened-model';
import { hint } from './mend';
import { type InputOptions, inputsFor } from './model-inputs';
import { writeModelJson } from './model-json';
import { adviceFor, nameOfOp, shortened, targetFor, wrongOn } from './norm-words';

export interface CheckCommandOptions extends InputOptions, BrowserFlags {
  readonly runtime: string;
  readonly json?: string;
  readonly quiet?: boolean;
}

/** What a run in any runtime gives. */
interface Outcome {
  readonly judged: ModelJudgement;
  /** Providers that do not run the model, and why. */
  readonly refused: Readonly<Record<string, string>>;
}

/** Runs a model norm by norm, and says which are right; gives the exit code. */
export async function checkCommand(path: string, options: CheckCommandOptions): Promise<number> {
  const runtime = runtimeOf(options);
  checkReportFiles({ json: options.json });
  return withModel(path, async (model) => {
    const inputs = await inputsFor(model, options);
    const progress = startProgress(options.quiet === true);
    let outcome: Outcome;
    try {
      outcome = await model.withProviders(runtime, options, progress, (providers) =>
        judged(model, { providers: announced(providers, path, progress), inputs }),
      );
    } catch (error) {
      if (!(error instanceof NormError) || error.code !== 'backend') throw error;
      progress.stop();
      console.log(`${red('Failed')}: ${error.message}${hint(error)}`);
      return EXIT.failed;
    } finally {
      progress.stop();
    }
    const { judged: found, refused } = outcome;
    if (options.quiet !== true && found.norms.length > 0) console.log(`${table(found.norms).join('\n')}\n`);
    const exitCode = verdict(model, found, refused);
    writeModelJson(options.json, { ...found, ...(Object.keys(refused).length === 0 ? {} : { refused }) });
    return exitCode;
  });
}

/** Judges with all providers that run the model: one that does not is told of, and the others go on. */
async function judged<M>(model: OpenedModel<M>, { providers, inputs }: Trial<M>): Promise<Outcome> {
  const left = { ...providers };
  const refused: Record<string, string> = {};
  const [first] = Object.keys(providers);
  for (;;) {
    try {
      return { judged: await model.judge(model.content, { providers: left, inputs }), refused };
    } catch (error) {
      const name = error instanceof NormError && error.code === 'backend' ? error.argument : undefined;
      if (name === undefined || name === first || Object.keys(left).length === 1) throw error;
      refused[name] = (error as Error).message;
      delete left[name];
    }
  }
}

function announced<M>(
  providers: Providers<M>,
  path: string,
  progress: Progress,
): Record<string, RunModel<M>> {
  return Object.fromEntries(
    Object.entries(providers).map(([name, run]) => [
      name,
      (content, inputs) => {
        progress.show(`${path}: running on ${name}`);
        return run(content, inputs);
      },
    ]),
  );
}

const PAINT: Readonly<Record<Grade, (text: string) => string>> = {
  accurate: green,
  ordinary: green,
  imprecise: yellow,
  wrong: red,
};

/** How many norms without a fault are shown. */
const SHOWN = 12;

/** The norms, the worst first. */
function table(norms: readonly Norm[]): string[] {
  const providers = [...new Set(norms.flatMap(({ measured }) => Object.keys(measured?.digits ?? {})))];
  // Where nothing is float16 that engine is the wasm provider again.
  const shown = norms.some(({ dtype }) => dtype === 'float16')
    ? providers
    : providers.filter((name) => name !== 'float16');
  const sorted = [...norms].sort((a, b) => rank(b) - rank(a) || fewest(a) - fewest(b));
  const faulty = sorted.filter((norm) => adviceFor(norm) !== '').length;
  const rows = sorted.slice(0, Math.max(faulty, SHOWN));
  const head = [
    ...['norm', 'is', 'grade', ...shown.map((name) => `digits ${name}`)],
    ...['held', 'kappa', 'largest', 'headroom', 'what to do'],
  ];
  const lines = rows.map((norm) => {
    const { measured } = norm;
    const name = [
      { text: shortened(norm.graph === '' ? norm.output : `${norm.graph}/${norm.output}`, 36) },
      { text: nameOfOp(norm.op) },
    ];
    if (measured === undefined) {
      const dashes = ['-', ...shown.map(() => '-'), '-', '-', '-', '-'].map((text) => ({ text }));
      return [...name, ...dashes, { text: adviceFor(norm) }];
    }
    const grade = worstGrade(Object.values(measured.grades));
    return [
      ...name,
      { text: grade, paint: PAINT[grade] },
      ...shown.map((provider) => digitsCell(measured.digits[provider], measured.grades[provider])),
      { text: Math.min(...Object.values(measured.held)).toFixed(1) },
      { text: short(measured.kappa) },
      { text: short(measured.largest) },
      { text: Number.isFinite(measured.halfHeadroomBits) ? measured.halfHeadroomBits.toFixed(0) : '-' },
      { text: adviceFor(norm) },
    ];
  });
  const rest = sorted.length - rows.length;
  const last = shown.length + 7;
  return [
    ...textTable([head.map((text) => ({ text })), ...lines], { left: [0, 1, 2, last] }),
    ...(rest === 0 ? [] : [`and ${rest} more without a fault (--json has them).`]),
  ];
}

function digitsCell(digits: number | undefined, grade: Grade | undefined) {
  if (digits === undefined || grade === undefined) return { text: '-' };
  return { text: digits.toFixed(1), paint: PAINT[grade] };
}

function rank(norm: Norm): number {
  if (norm.measured === undefined) return -1;
  const grade = GRADES.indexOf(worstGrade(Object.values(norm.measured.grades)));
  return grade + (adviceFor(norm) === '' ? 0 : 0.5);
}

function fewest({ measured }: Norm): number {
  return Math.min(Infinity, ...Object.values(measured?.digits ?? {}));
}

function short(value: number): string {
  return Number.isFinite(value) ? Number(value.toPrecision(2)).toString() : 'Inf';
}

function verdict<M>(
  { path, format }: OpenedModel<M>,
  { norms, drift }: ModelJudgement,
  refused: Outcome['refused'],
): number {
  for (const reason of Object.values(refused)) console.log(`Not run: ${reason}`);
  if (drift !== null) {
    const [a, b] = drift.providers;
    console.log(
      `${a} and ${b} drift apart before ${drift.norm}: ${drift.digits.toFixed(1)} digits of its input agree.`,
    );
  }
  const wrong = norms.filter(({ measured }) => measured !== undefined && wrongOn(measured).length > 0);
  const blind = norms.filter(
    ({ unmeasured }) => unmeasured !== undefined && unmeasured.reason !== 'not-reached',
  );
  const idle = norms.filter(({ unmeasured }) => unmeasured?.reason === 'not-reached').length;
  const aside = idle === 0 ? '' : ` ${idle} are in branches that these inputs do not take.`;
  if (wrong.length > 0) {
    const where = [...new Set(wrong.flatMap(({ measured }) => wrongOn(measured!)))].join(', ');
    console.log(`${red('Failed')}: ${wrong.length} of ${norms.length} norms are wrong, on ${where}.${aside}`);
    const next = targetFor(wrong);
    const out = format === 'onnx' ? 'mended.onnx' : 'mended.json';
    console.log(`Next: normlayers model mend ${path} --out ${out}${next === 'any' ? '' : ` --for ${next}`}`);
    return EXIT.failed;
  }
  if (blind.length > 0 || Object.keys(refused).length > 0) {
    const what =
      blind.length > 0
        ? `${blind.length} of ${norms.length} norms could not be looked at`
        : 'not every provider ran it';
    console.log(`${red('Failed')}: ${what}.${aside}`);
    return EXIT.failed;
  }
  console.log(`${green('Passed')}: none of ${norms.length} norms is wrong.${aside}`);
  return EXIT.passed;
}
