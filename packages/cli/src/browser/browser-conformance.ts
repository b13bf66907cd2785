import type { AdapterReport, ConformanceCase } from '@normlayers/conformance';
import type { Op } from '@normlayers/core';
import { type BrowserEnvironment, describeEnvironment } from '../environment';
import type { Progress } from '../progress';
import { runInBrowser } from './browser-run';
import { type BrowserOptions, withBrowser } from './browser-session';

export interface BrowserConformance {
  readonly options: BrowserOptions;
  readonly adapters: readonly string[];
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

/** The suite in a browser of this machine. */
export async function runBrowserConformance(wanted: BrowserConformance): Promise<BrowserReports> {
  const { options, adapters, cases, ops, progress } = wanted;
  progress.show(`starting ${options.runtime}`);
  return withBrowser(options, async ({ drivers, server, address, software, signal }) => {
    const vectors = options.vectors.length;
    const outcome = await runInBrowser({
      drivers,
      server,
      address,
      adapters,
      cases,
      ops,
      vectors,
      progress,
      signal,
    });
    const { reports, unloaded, environment: page } = outcome;
    const environment: BrowserEnvironment = {
      runtime: options.runtime,
      browser: drivers[0].version,
      software,
      page,
      ...(await describeEnvironment()),
    };
    return { reports, unloaded, environment };
  });
}

/** The browser and what it computes on, in a line above the matrix. */
export function browserLine({ browser, page }: BrowserEnvironment): string {
  if (page === null) return browser;
  const { webgpu, webgl2, crossOriginIsolated } = page;
  const gpu =
    webgpu === null
      ? 'no WebGPU'
      : `WebGPU on ${[webgpu.vendor, webgpu.architecture, webgpu.description].filter(Boolean).join(' ') || 'an adapter that does not say its name'}`;
  const gl = webgl2 === null ? 'no WebGL 2' : `WebGL 2 on ${webgl2}`;
  const isolation = crossOriginIsolated ? 'cross-origin isolated' : 'not cross-origin isolated';
  return `${browser}, ${isolation}; ${gpu}; ${gl}.`;
}
