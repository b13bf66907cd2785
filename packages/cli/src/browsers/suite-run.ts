import type { BrowserDriver } from '@normlayers/browsers';
import {
  type AdapterReport,
  adapterReport,
  type CaseReport,
  type ConformanceCase,
  fallsShort,
  gradeAskedOf,
  NO_FIGURES,
  unavailable,
} from '@normlayers/conformance';
import type { AdapterKind } from '@normlayers/core';
import { BrowserLost } from '../command-error';
import type { CaseSelection } from '../options/case-selection';
import type { Progress } from '../output/progress';
import type { PageEnvironment, PageMessage, SuiteOrder } from '../page/protocol';
import { type PageWork, runInPages, type WorkPlace } from './page-run';

export interface SuiteAdapter {
  readonly name: string;
  readonly kind: AdapterKind;
  /** Whether it has its pages to itself, before it and after it. */
  readonly ownPage: boolean;
}

export interface SuiteRunOptions {
  /** In the order of the report. */
  readonly adapters: readonly SuiteAdapter[];
  /** Names of those that take longest: started first, so that none is left to run alone at the end. */
  readonly first: readonly string[];
  /** The cases that the pages will run too: what is reported of those that they do not get to. */
  readonly cases: readonly ConformanceCase[];
  readonly selection: CaseSelection;
  /** Whether the server has vectors. */
  readonly vectors: boolean;
  readonly progress: Progress;
}

/** Where a suite runs: browsers that take its adapters from one queue. */
export interface SuitePlace extends Omit<WorkPlace, 'driver'> {
  readonly drivers: readonly BrowserDriver[];
}

/**
 * The suite over adapters in pages. Each browser takes one adapter after another into its page, so that the cases' truth is
 * worked out once a page. An adapter that hangs, crashes its page or loses its device costs its own remaining cases, and no
 * other's. What is done so far can be read at any time.
 */
export class SuiteRun {
  readonly options: SuiteRunOptions;
  /** What the first page said of where it runs; null where none got so far. */
  environment: PageEnvironment | null = null;
  /** What was looked at closely, as text. */
  readonly inspected: string[] = [];
  /** Of each browser that ended in mid-run, a sentence. */
  readonly lost: string[] = [];
  readonly queue: SuiteAdapter[];
  readonly #outcomes = new Map<string, AdapterOutcome>();

  constructor(options: SuiteRunOptions) {
    this.options = options;
    const isFirst = ({ name }: SuiteAdapter) => options.first.includes(name);
    const first = options.first.flatMap((name) => options.adapters.filter((one) => one.name === name));
    this.queue = [...first, ...options.adapters.filter((adapter) => !isFirst(adapter))];
  }

  /**
   * A browser that ends, and has no other in its place, leaves its work to the others.
   *
   * @throws BrowserLost where work is left when no browser is; CommandError `environment` where somebody closes a page; the
   *   signal's reason.
   */
  async run(place: SuitePlace): Promise<void> {
    const failure = new AbortController();
    const signal = AbortSignal.any([place.signal, failure.signal]);
    const lanes = place.drivers.map(async (driver) => {
      try {
        await runInPages({ ...place, driver, signal }, new Lane(this));
      } catch (error) {
        if (!(error instanceof BrowserLost)) failure.abort(error);
        throw error;
      }
    });
    const ends = await Promise.allSettled(lanes);
    const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
    const other = reasons.find((reason) => !(reason instanceof BrowserLost));
    if (other !== undefined) throw other;
    if (reasons.length > 0 && (this.queue.length > 0 || place.another === undefined)) throw reasons[0];
  }

  /** An adapter starts anew, before all others. */
  putBack(adapter: SuiteAdapter): void {
    this.#outcomes.delete(adapter.name);
    this.queue.unshift(adapter);
  }

  outcomeOf(name: string): AdapterOutcome {
    let outcome = this.#outcomes.get(name);
    if (outcome === undefined) {
      outcome = { reports: [], fault: null, refusal: null };
      this.#outcomes.set(name, outcome);
    }
    return outcome;
  }

  /** Of the adapters that were got to, in the order in which they were asked for. */
  get reports(): AdapterReport[] {
    return this.options.adapters.flatMap((adapter) => {
      const outcome = this.#outcomes.get(adapter.name);
      return outcome === undefined ? [] : [this.#reportOf(adapter, outcome)];
    });
  }

  /** Adapters that should have run here, and could not be loaded. */
  get unloaded(): string[] {
    return [...this.#outcomes].flatMap(([name, { refusal }]) => (refusal?.expected === false ? [name] : []));
  }

  /** What was reported, and a message for each case that a page's end has cost. */
  #reportOf(adapter: SuiteAdapter, { reports, fault, refusal }: AdapterOutcome): AdapterReport {
    if (refusal !== null) return unavailable(adapter, refusal.reason);
    if (fault === null) return adapterReport(adapter, reports);
    const reported = new Set(reports.map((report) => report.name));
    const remaining = this.options.cases.filter((testCase) => !reported.has(testCase.name));
    return adapterReport(adapter, [...reports, ...remaining.map((testCase) => errored(testCase, fault))]);
  }
}

interface AdapterOutcome {
  readonly reports: CaseReport[];
  /** Why its page ended before it was done. */
  fault: string | null;
  refusal: { readonly reason: string; readonly expected: boolean } | null;
}

/** One browser's part of a run. */
class Lane implements PageWork {
  readonly #run: SuiteRun;
  /** The adapter whose turn it is. */
  #current: SuiteAdapter | null = null;
  /** What this page has run. */
  #ran: SuiteAdapter[] = [];
  #failed = 0;

  constructor(run: SuiteRun) {
    this.#run = run;
  }

  begin(): boolean {
    this.#ran = [];
    if (this.#current === null) this.#take();
    if (this.#current !== null) this.#show('opening a page');
    return this.#current !== null;
  }

  next(): SuiteOrder | null {
    if (this.#current === null || this.#ran.includes(this.#current)) {
      const [following] = this.#run.queue;
      if (following === undefined || !this.#sharesPage(following)) return null;
      this.#take();
    }
    const adapter = this.#current as unknown as SuiteAdapter;
    this.#ran.push(adapter);
    const { selection, vectors } = this.#run.options;
    return { kind: 'suite', adapters: [adapter.name], cases: selection, vectors };
  }

  take(message: PageMessage): void {
    switch (message.kind) {
      case 'environment':
        this.#run.environment ??= message.environment;
        break;
      case 'turn':
        if (message.turn.what === 'loading') this.#show('loading');
        break;
      case 'unavailable':
        this.#run.outcomeOf(message.adapter).refusal = message;
        break;
      case 'cases':
        this.#note(message.reports);
        break;
      case 'inspected':
        this.#run.inspected.push(message.text);
        break;
      case 'done':
        this.#current = null;
        break;
    }
  }

  charge(fault: string): void {
    if (this.#current !== null) this.#run.outcomeOf(this.#current.name).fault = fault;
    this.#current = null;
  }

  beginAgain(what: string): void {
    this.#run.lost.push(what);
    if (this.#current !== null) this.#run.putBack(this.#current);
    this.#current = null;
  }

  howFar(): string {
    const name = this.#current?.name;
    if (name === undefined) return 'between two adapters';
    return `after ${this.#run.outcomeOf(name).reports.length} of ${this.#run.options.cases.length} cases of ${name}`;
  }

  #take(): void {
    this.#current = this.#run.queue.shift() ?? null;
    this.#failed = 0;
    if (this.#current !== null) this.#run.outcomeOf(this.#current.name);
  }

  /** A page may be shared unless one of the two has it to itself, or a call threw in it: it may have lost its device. */
  #sharesPage(following: SuiteAdapter): boolean {
    return this.#ran.every(({ name, ownPage }) => {
      const { reports } = this.#run.outcomeOf(name);
      const threw = reports.some(({ faults = [] }) => faults.some(({ kind }) => kind === 'threw'));
      return !ownPage && !following.ownPage && !threw;
    });
  }

  #note(reports: readonly CaseReport[]): void {
    if (this.#current === null) return;
    const outcome = this.#run.outcomeOf(this.#current.name);
    outcome.reports.push(...reports);
    const asked = gradeAskedOf(this.#current.kind);
    this.#failed += reports.filter((report) => fallsShort(report, asked)).length;
    const failed = this.#failed === 0 ? '' : `, ${this.#failed} failed`;
    this.#show(`${outcome.reports.length} of ${this.#run.options.cases.length} cases${failed}`);
  }

  #show(what: string): void {
    this.#run.options.progress.show(`${this.#current?.name}: ${what}`);
  }
}

/** A case that a page's end has cost. */
function errored({ name, op, mode, dtype }: ConformanceCase, fault: string): CaseReport {
  const faults = [{ kind: 'threw', error: fault }] as const;
  return { name, op, mode, dtype, grade: 'wrong', ...NO_FIGURES, message: `errored: ${fault}`, faults };
}
