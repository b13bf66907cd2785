import type { BrowserDriver, PageServer } from '@normlayers/browsers';
import {
  type AdapterReport,
  adapterReport,
  type CaseReport,
  type ConformanceCase,
  unavailable,
} from '@normlayers/conformance';
import type { Op } from '@normlayers/core';
import type { PageEnvironment, PageMessage } from '../page/protocol';
import type { Progress } from '../progress';
import { type Ending, runPage } from './page-run';

export interface BrowserRun {
  /** Each runs one adapter at a time. */
  readonly drivers: readonly BrowserDriver[];
  readonly server: PageServer;
  /** The page's address as the browser reaches it, without a query. */
  readonly address: string;
  readonly adapters: readonly string[];
  /** Those of the adapters that take longest: started first, so that none is left to run alone at the end. */
  readonly first: readonly string[];
  /** The cases that the page will run too: what is reported of those that it does not get to. */
  readonly cases: readonly ConformanceCase[];
  readonly ops: readonly Op[];
  /** How many vector files the server has. */
  readonly vectors: number;
  readonly progress: Progress;
  /** How long a page may report nothing once it has reported, in seconds. Default: 60. */
  readonly patience?: number | undefined;
  /** Stops the run; the promise is then rejected with the signal's reason. */
  readonly signal: AbortSignal;
}

export interface BrowserOutcome {
  readonly reports: readonly AdapterReport[];
  /** What the first page said of where it ran; null where none got so far. */
  readonly environment: PageEnvironment | null;
  /** Adapters that should have run here, and could not be loaded. */
  readonly unloaded: readonly string[];
}

/**
 * Runs the suite page by page, each adapter in a page of its own: one that hangs, crashes or loses its device costs its
 * own remaining cases, and no other's.
 *
 * @throws CommandError `environment` where the browser ends or the page is closed in mid-run.
 */
export async function runInBrowser(run: BrowserRun): Promise<BrowserOutcome> {
  const outcomes = new Map<string, AdapterOutcome>();
  const queue = [...run.first, ...run.adapters.filter((name) => !run.first.includes(name))];
  const failure = new AbortController();
  const signal = AbortSignal.any([run.signal, failure.signal]);
  const lane = async (driver: BrowserDriver) => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      outcomes.set(name, await runAdapter({ ...run, signal }, driver, name));
    }
  };
  try {
    await Promise.all(run.drivers.map(lane));
  } catch (error) {
    failure.abort(error);
    throw error;
  }
  const ordered = run.adapters.flatMap((name) => outcomes.get(name) ?? []);
  return {
    reports: ordered.map(({ report }) => report),
    environment: ordered.find(({ environment }) => environment !== null)?.environment ?? null,
    unloaded: ordered.flatMap(({ report, unloaded }) => (unloaded ? [report.name] : [])),
  };
}

interface AdapterOutcome {
  readonly report: AdapterReport;
  readonly environment: PageEnvironment | null;
  readonly unloaded: boolean;
}

/** What one page has reported so far. */
interface Seen {
  /** Whether it has reported anything. */
  heard: boolean;
  readonly reports: CaseReport[];
  failed: number;
  environment: PageEnvironment | null;
  refusal: { readonly reason: string; readonly expected: boolean } | null;
}

async function runAdapter(run: BrowserRun, driver: BrowserDriver, name: string): Promise<AdapterOutcome> {
  const { server, address, ops, vectors, patience, signal, cases, progress } = run;
  const seen: Seen = { heard: false, reports: [], failed: 0, environment: null, refusal: null };
  const open = () => {
    progress.show(`${name}: opening a page`);
    return runPage({
      driver,
      server,
      address,
      order: { kind: 'conformance', adapter: name, ops, vectors },
      patience,
      signal,
      howFar: () => `after ${seen.reports.length} of ${cases.length} cases of ${name}`,
      hear(message) {
        seen.heard = true;
        const ending = note(seen, message);
        progress.show(`${name}: ${progressOf(seen, cases.length)}`);
        return ending;
      },
    });
  };
  let ending = await open();
  // A page that was not heard has computed nothing: to open it once more, as on a busy machine, hides no failure.
  if (!seen.heard) ending = await open();
  const { environment, refusal, reports } = seen;
  if (refusal === null) return { report: reportOf(run, name, reports, ending), environment, unloaded: false };
  return { report: unavailable(name, refusal.reason), environment, unloaded: !refusal.expected };
}

/** Takes a message in; gives how the run ends, where it does. */
function note(seen: Seen, message: PageMessage): Ending | null {
  switch (message.kind) {
    case 'environment':
      seen.environment = message.environment;
      return null;
    case 'unavailable':
      seen.refusal = message;
      return 'finished';
    case 'cases':
      seen.reports.push(...message.reports);
      seen.failed += message.reports.filter(({ status }) => status === 'failed').length;
      return null;
    case 'finished':
      return 'finished';
    case 'fault':
      return { fault: message.reason };
    default:
      return null;
  }
}

function progressOf({ reports, failed }: Seen, total: number): string {
  if (reports.length === 0) return 'loading';
  return `${reports.length} of ${total} cases${failed === 0 ? '' : `, ${failed} failed`}`;
}

/** What was reported, and a message for each case that was not got to. */
function reportOf(
  { cases }: BrowserRun,
  name: string,
  done: readonly CaseReport[],
  ending: Ending,
): AdapterReport {
  if (ending === 'finished') return adapterReport(name, done);
  const reported = new Set(done.map((report) => report.name));
  const remaining = cases.filter((testCase) => !reported.has(testCase.name));
  const message = `errored: ${ending.fault}`;
  return adapterReport(name, [...done, ...remaining.map((testCase) => errored(testCase, message))]);
}

function errored({ name, op, mode, dtype }: ConformanceCase, message: string): CaseReport {
  const figures = { budgetUsed: null, strict: false, ulp: null, maxAbsError: null };
  return { name, op, mode, dtype, status: 'failed', ...figures, message };
}
