import type { AdapterReport, ConformanceCase } from '@normlayers/conformance';
import type { Op } from '@normlayers/core';
import { type BrowserDescription, type BrowserEnvironment, describeEnvironment } from '../environment';
import type { BrowserAdapterEntry } from '../page/browser-adapters';
import type { PageEnvironment } from '../page/protocol';
import type { Progress } from '../progress';
import { runInBrowser } from './browser-run';
import { type BrowserGroup, type BrowserOptions, withBrowser } from './browser-session';

export interface BrowserConformance {
  readonly options: BrowserOptions;
  readonly adapters: readonly BrowserAdapterEntry[];
  readonly cases: readonly ConformanceCase[];
  readonly ops: readonly Op[];
  readonly progress: Progress;
}

export interface BrowserReports {
  readonly reports: readonly AdapterReport[];
  readonly environment: BrowserEnvironment;
  /** Adapters that should have run here, and could not be loaded. */
  readonly unloaded: readonly string[];
}

/** The suite in a browser of this machine, or in remote ones at once; there a report's name ends in its browser's. */
export async function runBrowserConformance(wanted: BrowserConformance): Promise<BrowserReports> {
  const { options, adapters, cases, ops, progress } = wanted;
  progress.show(`starting ${options.runtime}`);
  return withBrowser(options, async ({ groups, server, address, software, signal }) => {
    const failure = new AbortController();
    const runGroup = async (drivers: BrowserGroup, i: number) => {
      const browser = drivers[0].version;
      const outcome = await runInBrowser({
        drivers,
        server,
        address,
        adapters: adapters.map(({ name }) => name),
        first: longestFirst(adapters),
        cases,
        ops,
        vectors: options.vectors?.length ?? 0,
        progress,
        signal: AbortSignal.any([signal, failure.signal]),
      });
      const named = (name: string) => (groups.length === 1 ? name : `${name} @${browser}#${i + 1}`);
      return {
        reports: outcome.reports.map((report) => ({ ...report, name: named(report.name) })),
        unloaded: outcome.unloaded.map(named),
        description: { browser, software, page: outcome.environment },
      };
    };
    try {
      const outcomes = await Promise.all(groups.map(runGroup));
      return {
        reports: outcomes.flatMap(({ reports }) => reports),
        unloaded: outcomes.flatMap(({ unloaded }) => unloaded),
        environment: {
          runtime: options.runtime,
          browsers: outcomes.map(({ description }) => description),
          ...(await describeEnvironment()),
        },
      };
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  });
}

/**
 * Those that need something of the browser take longer than the others, and WebGL the longest: onnxruntime-web's
 * provider compiles some ten programs for each shape.
 */
function longestFirst(adapters: readonly BrowserAdapterEntry[]): string[] {
  const webgl = adapters.filter(({ needs }) => needs === 'webgl2');
  const others = adapters.filter(({ needs }) => needs !== undefined && needs !== 'webgl2');
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
export function browserLine({ browser, page }: BrowserDescription): string {
  if (page === null) return browser;
  const { webgpu, webgl2, crossOriginIsolated } = page;
  const gpu = webgpu === null ? 'no WebGPU' : `WebGPU on ${webgpuInWords(page)}`;
  const gl = webgl2 === null ? 'no WebGL 2' : `WebGL 2 on ${webgl2}`;
  const isolation = crossOriginIsolated ? 'cross-origin isolated' : 'not cross-origin isolated';
  return `${browser}, ${isolation}; ${gpu}; ${gl}.`;
}
