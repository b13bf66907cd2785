import type { KernelName } from './kernel-table';

/**
 * Which form of the rows' kernels is faster here. While a row is written, the next one may be read from memory, or
 * not: both give the same bits. On an Intel Xeon [4096, 768] and [1024, 4096] take 1.25 times as long without, on an
 * AMD EPYC [4096, 768] takes 1.28 times as long with it (measured), and no page is told which processor it is on. So
 * the first large calls time both, in turns over parts of their own rows: no time is spent but on answers.
 */

/** From so many bytes of x on, data comes from memory and not from a core's own caches, of 2 MB at most. */
export const FROM_MEMORY = 4 * 2 ** 20;

/** Rows come in parts of a multiple: the sums of the gradients join every 32 rows, and so stay as they were. */
const ROWS = 32;
/** At least so many parts a call: each form has as many early ones as late ones. */
const PARTS = 8;
/**
 * Each round takes each form so long, in ms, and the median round decides: some 20 calls of [4096, 768] in all. One
 * sum over all of them would be turned by whatever else had the processor for a while.
 */
const ROUND = 1.6;
const ROUNDS = 7;
/** And so many steps of the clock: a page's may be of 0.1 ms. */
const CLOCK_STEPS = 20;
/** Reading ahead has to be faster by so much: what is not told apart stays as it is. */
const WORTH = 0.9;

/** The part of a task that is timed: computes rows `begin` to `end` in one of the forms. */
export type RunRows = (begin: number, end: number, ahead: boolean) => void;

/** The clock, in ms; another in tests. */
export type Clock = () => number;

/** What was found for one kernel. */
interface Trial {
  /** Time in each form in this round so far, in ms. */
  alone: number;
  ahead: number;
  /** Of the rounds before: the time ahead over the time alone. */
  readonly ratios: number[];
  /** Large calls before: the first meets memory that nobody has touched, and is not timed. */
  calls: number;
  /** null until there is enough. */
  outcome: boolean | null;
}

/** Finds the faster form of each kernel, once. */
export class ReadAheadTrial {
  readonly #clock: Clock;
  readonly #trials = new Map<KernelName, Trial>();
  #step: number | undefined;

  constructor(clock: Clock = () => performance.now()) {
    this.#clock = clock;
  }

  /** Whether reading ahead is faster; null where it is not known yet. */
  outcome(kernel: KernelName): boolean | null {
    return this.#trials.get(kernel)?.outcome ?? null;
  }

  /** Computes all rows of a large call, and times both forms until it is known which is faster. */
  run(kernel: KernelName, rows: number, runRows: RunRows): void {
    let trial = this.#trials.get(kernel);
    if (trial === undefined) {
      trial = { alone: 0, ahead: 0, ratios: [], calls: 0, outcome: null };
      this.#trials.set(kernel, trial);
    }
    const part = Math.floor(rows / PARTS / ROWS) * ROWS;
    if (trial.outcome !== null || part === 0 || trial.calls++ === 0) {
      runRows(0, rows, trial.outcome ?? false);
      return;
    }
    let before = this.#clock();
    for (let begin = 0, i = 0; begin < rows; begin += part, i++) {
      // Alone, ahead, ahead, alone: what grows or falls over a call weighs on both alike.
      const ahead = i % 4 === 1 || i % 4 === 2;
      const whole = begin + part <= rows;
      runRows(begin, whole ? begin + part : rows, ahead);
      const after = this.#clock();
      if (whole && i < PARTS) trial[ahead ? 'ahead' : 'alone'] += after - before;
      before = after;
    }
    if (Math.min(trial.alone, trial.ahead) < Math.max(ROUND, CLOCK_STEPS * this.#clockStep())) return;
    trial.ratios.push(trial.ahead / trial.alone);
    trial.alone = 0;
    trial.ahead = 0;
    if (trial.ratios.length < ROUNDS) return;
    const median = trial.ratios.sort((one, other) => one - other)[(ROUNDS - 1) / 2] as number;
    trial.outcome = median < WORTH;
  }

  /** The smallest step that the clock makes, in ms. */
  #clockStep(): number {
    if (this.#step === undefined) {
      const start = this.#clock();
      let next = start;
      while (next === start) next = this.#clock();
      this.#step = next - start;
    }
    return this.#step;
  }
}

/** The process's: what one set of kernels has found holds for all. */
export const PROCESS_TRIAL = /* @__PURE__ */ new ReadAheadTrial();
