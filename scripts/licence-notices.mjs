// What a bundle carries of other people's code, told beside it: each package's name, version and licence text, as most
// licences ask of whoever hands copies on.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Texts of licences, for packages that come without. */
const TEXTS = join(import.meta.dirname, 'licences');

/** A plugin that writes `LICENCES.txt`. A package that hands on no licence fails the build. */
export function licenceNotices() {
  return {
    name: 'licence-notices',
    generateBundle(_options, bundle) {
      const modules = new Map();
      for (const module of Object.values(bundle).flatMap(({ moduleIds = [] }) => moduleIds)) {
        const folder = packageOf(module);
        if (folder !== null) modules.set(folder, [...(modules.get(folder) ?? []), module]);
      }
      const notices = [...modules].map(([folder, files]) => noticeOf(folder, files)).sort();
      this.emitFile({
        type: 'asset',
        fileName: 'LICENCES.txt',
        source: notices.join(`\n${'-'.repeat(80)}\n\n`),
      });
    },
  };
}

/** The folder of the package that a module is from; null for our own. */
function packageOf(module) {
  return /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module)?.[1] ?? null;
}

function noticeOf(folder, files) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const own = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const texts = own.some((file) => !/^notice/i.test(file))
    ? own.map((file) => readFileSync(join(folder, file), 'utf8'))
    : [...headersOf(files), ...knownTexts(license)];
  if (texts.length === 0) throw new Error(`${name} ${version} (${license}) has no licence text to hand on`);
  return `${name} ${version}, ${license}\n\n${texts.map((text) => text.trim()).join('\n\n')}\n`;
}

/** The copyright notices at the head of a package's files, each once. */
function headersOf(files) {
  const headers = files.flatMap((file) => {
    const [header] = /^(?:\/\/.*\n)+|^\/\*[\s\S]*?\*\//.exec(readFileSync(file, 'utf8')) ?? [''];
    return /copyright/i.test(header) ? [header] : [];
  });
  return new Set(headers);
}

function knownTexts(license) {
  return readdirSync(TEXTS)
    .filter((file) => license.includes(file.replace(/\.txt$/, '')))
    .map((file) => readFileSync(join(TEXTS, file), 'utf8'));
}
