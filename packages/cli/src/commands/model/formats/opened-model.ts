import type {
  Change,
  Difference,
  Inspection,
  ModelInput,
  ModelJudgement,
  ModelTensors,
  RandomInputOptions,
  RunModel,
} from '@normlayers/model';
import type { BrowserFlags, Runtime } from '../../../options/runtime';
import type { Progress } from '../../../output/progress';

/** Who runs models, by name. The first verifies. */
export type Providers<M> = Readonly<Record<string, RunModel<M>>>;

/** What a model is looked at with. */
export interface Trial<M> {
  readonly providers: Providers<M>;
  readonly inputs: ModelTensors;
}

/** A model of a file, and what its format can do. */
export interface OpenedModel<M> {
  readonly format: 'onnx' | 'tfjs';
  readonly path: string;
  readonly content: M;
  /** The inputs, without those that have a default. */
  inputs(): readonly ModelInput[];
  randomInputs(options: RandomInputOptions): ModelTensors;
  /** @throws NormError `unknown-argument` for a target that the format has not. */
  inspect(target: string): Inspection;
  /**
   * Gives who runs it in a runtime, for as long as `use` takes.
   *
   * @throws CommandError `usage` where nobody does.
   */
  withProviders<T>(
    runtime: Runtime,
    flags: BrowserFlags,
    progress: Progress,
    use: (providers: Providers<M>) => Promise<T>,
  ): Promise<T>;
  judge(content: M, trial: Trial<M>): Promise<ModelJudgement>;
  /** @throws NormError `unknown-argument` for a target that the format has not. */
  mend(target: string, trial: Trial<M>): Promise<{ readonly mended: M; readonly changes: readonly Change[] }>;
  verify(mended: M, trial: Trial<M>): Promise<Difference>;
  /** @throws CommandError `environment` where the mended model cannot be written there. */
  checkOut(out: string): void;
  /** All of it or nothing. */
  write(out: string, mended: M): void;
}
