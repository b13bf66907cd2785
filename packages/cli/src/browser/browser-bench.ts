import type { BenchCase, BenchReport, CaseReport, Residency, Skipped } from '@normlayers/benchmark';
import type { BrowserDriver, PageServer } from '@normlayers/browsers';
import { CommandError } from '../command-error';
import type { PageEnvironment, PageMessage, Turn } from '../page/protocol';
import { type Ending, runPage } from './page-run';

export interface BenchInBrowser {
  readonly driver: BrowserDriver;
  readonly server: PageServer;
  /** The page's address as the browser reaches it, without a query. */
  readonly address: string;
  readonly adapters: readonly string[];
  readonly cases: readonly BenchCase[];
  readonly residencies: readonly Residency[];
  readonly rounds?: number | undefined;
  /** How long the page may report nothing, in seconds. Default: 60. */
  readonly patience?: number | undefined;
  /** Stops the run; the promise is then rejected with the signal's reason. */
  readonly signal: AbortSignal;
  onStage(text: string): void;
  onReport(report: CaseReport): void;
}

export interface BrowserBenchOutcome {
  readonly report: BenchReport;
  readonly environment: PageEnvironment | null;
}

/**
 * Times adapters beside one another in one page. One that hangs or crashes the page is named, left out of the rest, and
 * the rest runs in a new page; so does what is left where a case ends the page and no adapter's turn it was.
 *
 * @throws CommandError `environment` where no page starts, or the browser ends or the page is closed in mid-run.
 */
export async function benchInBrowser(run: BenchInBrowser): Promise<BrowserBenchOutcome> {
  const bench = new PageBench(run);
  while (!bench.isDone) {
    const { adapters, cases, residencies, rounds } = run;
    const ending = await runPage({
      ...run,
      order: {
        kind: 'bench',
        adapters: adapters.filter((name) => !bench.isLost(name)),
        cases,
        residencies,
        done: bench.reports.length,
        ...(rounds === undefined ? {} : { rounds }),
      },
      howFar: () => `after ${bench.reports.length} of ${bench.total} tables`,
      hear: (message) => bench.hear(message),
    });
    if (ending === 'finished') break;
    bench.end(ending.fault);
  }
  return { report: { cases: bench.reports, unavailable: bench.unavailable }, environment: bench.environment };
}

const DONE = { checking: 'checked', timing: 'timed' } as const;

/** A bench over one page after another. */
class PageBench {
  readonly reports: CaseReport[] = [];
  readonly unavailable: Skipped[] = [];
  environment: PageEnvironment | null = null;
  readonly #run: BenchInBrowser;
  /** Adapters that ended a page, with the sentence that every case gets that they are not timed in. */
  readonly #lost = new Map<string, string>();
  #turn: Turn | null = null;

  constructor(run: BenchInBrowser) {
    this.#run = run;
  }

  get total(): number {
    return this.#run.cases.length * this.#run.residencies.length;
  }

  get isDone(): boolean {
    return this.reports.length >= this.total;
  }

  isLost(name: string): boolean {
    return this.#lost.has(name) || this.unavailable.some(({ adapter }) => adapter === name);
  }

  hear(message: PageMessage): Ending | null {
    switch (message.kind) {
      case 'environment':
        this.environment = message.environment;
        return null;
      case 'unavailable':
        this.unavailable.push({ adapter: message.adapter, reason: message.reason });
        return null;
      case 'turn':
        this.#turn = message.turn;
        if (message.turn.what === 'loading') this.#run.onStage(`${message.turn.contender}: loading`);
        return null;
      case 'stage':
        this.#run.onStage(message.text);
        return null;
      case 'timed':
        this.#turn = null;
        this.#take(message.report);
        return null;
      case 'finished':
        return 'finished';
      case 'fault':
        // Whatever an adapter throws is caught and reported: this is nobody's.
        this.#turn = null;
        return { fault: message.reason };
      default:
        return null;
    }
  }

  /** A page has ended before its time. */
  end(fault: string): void {
    if (this.environment === null) throw new CommandError('environment', `${fault}.`);
    const turn = this.#turn;
    this.#turn = null;
    if (turn === null || !this.#run.adapters.includes(turn.contender)) {
      this.#giveUpCase(fault);
    } else if (turn.what === 'loading') {
      this.unavailable.push({ adapter: turn.contender, reason: `${fault} while it was loading` });
    } else {
      this.#lost.set(turn.contender, `${fault} while it was ${DONE[turn.what]}`);
    }
  }

  /** The case that was under way: nobody is timed in it. */
  #giveUpCase(fault: string): void {
    const { adapters, cases, residencies } = this.#run;
    const at = this.reports.length;
    const benchCase = cases[Math.floor(at / residencies.length)] as BenchCase;
    const residency = residencies[at % residencies.length] as Residency;
    const left = adapters.filter((name) => !this.isLost(name));
    const skipped = left.map((adapter) => ({ adapter, reason: fault }));
    this.#take({ ...benchCase, residency, results: [], skipped });
  }

  #take(report: CaseReport): void {
    const lost = [...this.#lost].map(([adapter, reason]) => ({ adapter, reason }));
    const whole = { ...report, skipped: [...report.skipped, ...lost] };
    this.reports.push(whole);
    this.#run.onReport(whole);
  }
}
