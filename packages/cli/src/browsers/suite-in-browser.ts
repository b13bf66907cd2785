import type { CatalogueEntry } from '@normlayers/catalogue';
import type { AdapterReport, ConformanceCase } from '@normlayers/conformance';
import { BrowserLost, CommandError } from '../command-error';
import type { CaseSelection } from '../options/case-selection';
import { type BrowserDescription, type BrowserEnvironment, describeEnvironment } from '../output/environment';
import type { Progress } from '../output/progress';
import type { PageEnvironment } from '../page/protocol';
import { type BrowserOptions, withBrowser } from './session';
import { SuiteRun } from './suite-run';

export interface BrowserSuiteOptions {
  readonly browser: BrowserOptions;
  readonly adapters: readonly CatalogueEntry[];
  readonly cases: readonly ConformanceCase[];
  readonly selection: CaseSelection;
  readonly progress: Progress;
}

export interface BrowserReports {
  readonly reports: readonly AdapterReport[];
  readonly environment: BrowserEnvironment;
  /** Adapters that should have run here, and could not be loaded. */
  readonly unloaded: readonly string[];
  /** What was looked at closely, as text. */
  readonly inspected: readonly string[];
  /** Why the run ended before it was done. */
  readonly stopped: CommandError | null;
}

/** The suite in a browser of this machine, or in remote ones at once; there a report's name ends in its browser's. */
export async function suiteInBrowser(options: BrowserSuiteOptions): Promise<BrowserReports> {
  const { browser, adapters, cases, selection, progress } = options;
  progress.show(`starting ${browser.runtime}`);
  // Without cases there is nothing to compute: each adapter is only loaded.
  const pieces = cases.length === 0 ? 1 : adapters.length;
  return withBrowser(
    { ...browser, pieces },
    async ({ groups, server, address, software, signal, another }) => {
      const failure = new AbortController();
      const runs = groups.map((drivers) => ({
        drivers,
        run: new SuiteRun({
          adapters: adapters.map(({ name, kind, needs }) => ({
            name,
            kind,
            ownPage: needs.includes('own page'),
          })),
          first: longestFirst(adapters),
          cases,
          selection,
          vectors: browser.vectors !== undefined,
          progress,
        }),
      }));
      const place = { server, address, another, signal: AbortSignal.any([signal, failure.signal]) };
      let stopped: CommandError | null = null;
      const ends = await Promise.allSettled(
        runs.map(({ run, drivers }) =>
          run.run({ ...place, drivers }).catch((error) => {
            // What the other browsers have to find stands by itself.
            if (!(error instanceof BrowserLost)) failure.abort(error);
            throw error;
          }),
        ),
      );
      for (const end of ends) {
        if (end.status === 'fulfilled') continue;
        if (!(end.reason instanceof CommandError)) throw end.reason;
        stopped ??= end.reason;
      }
      const outcomes = runs.map(({ run, drivers: [{ version }] }, i) => {
        const named = (name: string) => (runs.length === 1 ? name : `${name} @${version}#${i + 1}`);
        return {
          reports: run.reports.map((report) => ({ ...report, name: named(report.name) })),
          unloaded: run.unloaded.map(named),
          inspected: run.inspected,
          description: {
            ...{ browser: version, software, page: run.environment },
            ...(run.lost.length === 0 ? {} : { lost: run.lost }),
          },
        };
      });
      return {
        reports: outcomes.flatMap(({ reports }) => reports),
        unloaded: outcomes.flatMap(({ unloaded }) => unloaded),
        inspected: outcomes.flatMap(({ inspected }) => inspected),
        environment: {
          runtime: browser.runtime,
          browsers: outcomes.map(({ description }) => description),
          ...describeEnvironment(),
        },
        stopped,
      };
    },
  );
}

/**
 * Those that need something of the browser take longer than the others, and WebGL the longest: onnxruntime-web's
 * provider compiles some ten programs for each shape.
 */
function longestFirst(adapters: readonly CatalogueEntry[]): string[] {
  const webgl = adapters.filter(({ needs }) => needs.includes('webgl2'));
  const others = adapters.filter((entry) => entry.needs.length > 0 && !webgl.includes(entry));
  return [...webgl, ...others].map(({ name }) => name);
}

/** What WebGPU computes on, as far as it says. */
export function webgpuInWords({ webgpu }: PageEnvironment): string {
  if (webgpu === null) return 'none';
  const { vendor, architecture, description } = webgpu;
  const names = [vendor, architecture, description].filter(Boolean);
  return names.join(' ') || 'an adapter that does not say its name';
}

/** The browser and what it computes on, in a line above the matrix. */
export function browserLine({ browser, page, lost = [] }: BrowserDescription): string {
  const again = lost.map((what) => `\n  ${what} Another did that again.`).join('');
  if (page === null) return `${browser}${again}`;
  const { webgpu, webgl2, crossOriginIsolated } = page;
  const gpu = webgpu === null ? 'no WebGPU' : `WebGPU on ${webgpuInWords(page)}`;
  const gl = webgl2 === null ? 'no WebGL 2' : `WebGL 2 on ${webgl2}`;
  const isolation = crossOriginIsolated ? 'cross-origin isolated' : 'not cross-origin isolated';
  return `${browser}, ${isolation}; ${gpu}; ${gl}.${again}`;
}
