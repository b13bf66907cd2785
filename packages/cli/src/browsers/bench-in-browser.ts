import type { BenchCase, BenchCaseReport, BenchReport, Residency, Skipped } from '@normlayers/benchmark';
import { CommandError } from '../command-error';
import type { BenchOrder, PageEnvironment, PageMessage, Turn } from '../page/protocol';
import { type PageWork, runInPages, type WorkPlace } from './page-run';

export interface BrowserBenchOptions {
  readonly adapters: readonly string[];
  readonly cases: readonly BenchCase[];
  readonly residencies: readonly Residency[];
  readonly rounds?: number | undefined;
  onStage(text: string): void;
  onReport(report: BenchCaseReport): void;
}

/**
 * Times adapters beside one another in one page. One that hangs or crashes the page is named, left out of the rest, and
 * the rest runs in a new page; so does what is left where a case ends the page and no adapter's turn it was. What is done so
 * far can be read at any time.
 */
export class BrowserBench implements PageWork {
  readonly reports: BenchCaseReport[] = [];
  readonly unavailable: Skipped[] = [];
  environment: PageEnvironment | null = null;
  /** Of each browser that ended in mid-run, a sentence. */
  readonly lost: string[] = [];
  readonly #run: BrowserBenchOptions;
  /** Adapters that ended a page, with the sentence that every case gets that they are not timed in. */
  readonly #lost = new Map<string, string>();
  #turn: Turn | null = null;
  /** Whether this page has its order: there is one for each. */
  #ordered = false;
  #done = false;

  constructor(run: BrowserBenchOptions) {
    this.#run = run;
  }

  get #total(): number {
    return this.#run.cases.length * this.#run.residencies.length;
  }

  /** @throws CommandError `environment` where no page starts, or the browser ends or the page is closed in mid-run. */
  async run(place: WorkPlace): Promise<void> {
    await runInPages(place, this);
  }

  get report(): BenchReport {
    return { cases: this.reports, unavailable: this.unavailable };
  }

  begin(): boolean {
    this.#ordered = false;
    return !this.#done && this.reports.length < this.#total;
  }

  next(): BenchOrder | null {
    if (this.#ordered) return null;
    this.#ordered = true;
    const { adapters, cases, residencies, rounds } = this.#run;
    return {
      kind: 'bench',
      adapters: adapters.filter((name) => !this.#isLost(name)),
      cases,
      residencies,
      done: this.reports.length,
      ...(rounds === undefined ? {} : { rounds }),
    };
  }

  howFar(): string {
    return `after ${this.reports.length} of ${this.#total} tables`;
  }

  #isLost(name: string): boolean {
    return this.#lost.has(name) || this.unavailable.some(({ adapter }) => adapter === name);
  }

  take(message: PageMessage): void {
    switch (message.kind) {
      case 'environment':
        this.environment = message.environment;
        break;
      case 'unavailable':
        this.unavailable.push({ adapter: message.adapter, reason: message.reason });
        break;
      case 'turn':
        this.#turn = message.turn;
        if (message.turn.what === 'loading') this.#run.onStage(`${message.turn.contender}: loading`);
        break;
      case 'stage':
        this.#run.onStage(message.text);
        break;
      case 'timed':
        this.#turn = null;
        this.#report(message.report);
        break;
      case 'done':
        this.#done = true;
        break;
      case 'fault':
        // Whatever an adapter throws is caught and reported: this is nobody's.
        this.#turn = null;
        break;
    }
  }

  beginAgain(what: string): void {
    this.lost.push(what);
    this.#turn = null;
  }

  charge(fault: string): void {
    if (this.environment === null) throw new CommandError('environment', `${fault}.`);
    const turn = this.#turn;
    this.#turn = null;
    if (turn === null || !this.#run.adapters.includes(turn.contender)) {
      this.#giveUpCase(fault);
    } else if (turn.what === 'loading') {
      this.unavailable.push({ adapter: turn.contender, reason: `${fault} while it was loading` });
    } else {
      const doing = turn.what === 'checking' ? 'checked' : 'timed';
      this.#lost.set(turn.contender, `${fault} while it was ${doing}`);
    }
  }

  /** The case that was under way: nobody is timed in it. */
  #giveUpCase(fault: string): void {
    const { adapters, cases, residencies } = this.#run;
    const at = this.reports.length;
    const benchCase = cases[Math.floor(at / residencies.length)] as BenchCase;
    const residency = residencies[at % residencies.length] as Residency;
    const left = adapters.filter((name) => !this.#isLost(name));
    const skipped = left.map((adapter) => ({ adapter, reason: fault }));
    this.#report({ ...benchCase, residency, results: [], skipped });
  }

  #report(report: BenchCaseReport): void {
    const lost = [...this.#lost].map(([adapter, reason]) => ({ adapter, reason }));
    const whole = { ...report, skipped: [...report.skipped, ...lost] };
    this.reports.push(whole);
    this.#run.onReport(whole);
  }
}
