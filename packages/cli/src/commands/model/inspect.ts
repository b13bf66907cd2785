import { textTable } from '@normlayers/conformance';
import { EXIT } from '../../command-error';
import { checkReportFiles } from '../../output/write-report';
import { sayingWhich } from './formats/model-file';
import { withModel } from './formats/open-model';
import { writeModelJson } from './model-json';
import {
  canBeMended,
  countInWords,
  nameOfOp,
  possibilityInWords,
  shortened,
  spellingInWords,
} from './norm-words';

export interface InspectCommandOptions {
  readonly for: string;
  readonly json?: string;
}

/** Prints the norms of a model, how they are spelt and what can be done; gives the exit code. */
export function inspectCommand(path: string, options: InspectCommandOptions): number {
  checkReportFiles({ json: options.json });
  const [found, format] = withModel(path, (model) => [
    sayingWhich(path, () => model.inspect(options.for)),
    model.format,
  ]);
  const { norms } = found;
  if (norms.length > 0) {
    const head = ['norm', 'is', 'spelt', 'type', 'epsilon', 'mending'].map((text) => ({ text }));
    const rows = norms.map((norm) => [
      { text: shortened(norm.output, 36) },
      { text: nameOfOp(norm.op) },
      { text: spellingInWords(norm) },
      { text: norm.dtype ?? '?' },
      { text: norm.notes?.includes('epsilon-vanished') ? '0 (lost)' : epsilonInWords(norm.epsilon) },
      { text: possibilityInWords(norm) },
    ]);
    console.log(`${textTable([head, ...rows], { left: [0, 1, 2, 3, 5] }).join('\n')}\n`);
  }
  const possible = norms.filter(canBeMended).length;
  const next =
    possible === 0
      ? ''
      : ` Next: normlayers model mend ${path} --out mended.${format === 'onnx' ? 'onnx' : 'json'}${options.for === 'any' ? '' : ` --for ${options.for}`}`;
  console.log(
    `${countInWords(norms)}; ${possible} can be mended${options.for === 'any' ? '' : ` for ${options.for}`}.${next}`,
  );
  writeModelJson(options.json, found);
  return EXIT.passed;
}

function epsilonInWords(epsilon: number): string {
  const rounded = Number(epsilon.toPrecision(3));
  return epsilon === 0 || epsilon >= 0.01 ? String(rounded) : rounded.toExponential();
}
