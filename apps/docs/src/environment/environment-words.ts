import type en from '../text/en/prove/environment';

/** A report's environment in a few words each: of this page, of the command in Node or of the command's browsers. */
export function environmentWords(environment: Readonly<Record<string, unknown>>, t: typeof en): string[] {
  const { node, os, cpu, cores, gpu, crossOriginIsolated, packages } = environment;
  return [
    browserOf(environment),
    typeof node === 'string' ? `Node ${node}` : null,
    typeof os === 'string' ? os : null,
    typeof cpu === 'string' ? cpu : null,
    typeof cores === 'number' ? t.cores(cores) : null,
    typeof gpu === 'string' ? t.gpu(gpu) : null,
    typeof crossOriginIsolated === 'boolean' ? t.isolated(crossOriginIsolated) : null,
    ...versions((packages ?? {}) as Record<string, string>),
  ].filter((words) => words !== null);
}

function browserOf({ userAgent, browsers }: Readonly<Record<string, unknown>>): string | null {
  if (Array.isArray(browsers)) return browsers.map(({ browser }) => String(browser)).join(', ');
  if (typeof userAgent !== 'string') return null;
  // In this order: Edge calls itself Chrome too, and Chrome Safari.
  const [, name, version] =
    userAgent.match(/(Firefox)\/([\d.]+)/) ??
    userAgent.match(/(Edg)\/([\d.]+)/) ??
    userAgent.match(/(Chrome)\/([\d.]+)/) ??
    userAgent.match(/(Version)\/([\d.]+).*Safari/) ??
    [];
  if (name === undefined) return userAgent;
  return `${{ Edg: 'Edge', Version: 'Safari' }[name] ?? name} ${version}`;
}

/** Our own packages have one version. */
function versions(packages: Readonly<Record<string, string>>): string[] {
  const others = Object.entries(packages).filter(([name]) => !name.includes('normlayers'));
  const own = packages.normlayers ?? packages['@normlayers/core'];
  return [
    ...(own === undefined ? [] : [`normlayers ${own}`]),
    ...others.map(([name, version]) => `${name} ${version}`),
  ];
}
