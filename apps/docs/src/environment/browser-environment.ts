/** Where a report was made: what someone needs to make it again. */
export interface BrowserEnvironment {
  readonly runtime: 'browser';
  readonly userAgent: string;
  readonly cores: number;
  readonly crossOriginIsolated: boolean;
  readonly gpu: string;
  readonly date: string;
  readonly packages: Readonly<Record<string, string>>;
}

interface GpuAdapter {
  readonly info?: { readonly vendor: string; readonly architecture: string; readonly description: string };
}

/** Versions are put in when the site is built. */
declare const __PACKAGE_VERSIONS__: Readonly<Record<string, string>>;

export async function describeBrowser(): Promise<BrowserEnvironment> {
  return {
    runtime: 'browser',
    userAgent: navigator.userAgent,
    cores: navigator.hardwareConcurrency,
    crossOriginIsolated: window.crossOriginIsolated,
    gpu: await describeGpu(),
    date: new Date().toISOString(),
    packages: __PACKAGE_VERSIONS__,
  };
}

async function describeGpu(): Promise<string> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<GpuAdapter | null> } };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  if (!adapter) return 'none';
  const { vendor = '', architecture = '', description = '' } = adapter.info ?? {};
  return [vendor, architecture, description].filter((part) => part !== '').join(' ') || 'unnamed';
}
