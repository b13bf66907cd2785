// Holds the workspace to the shape that ARCHITECTURE.md draws: node scripts/steps/structure.mjs
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, extname, join, relative } from 'node:path';
import { parseSync } from 'oxc-parser';
import { ownFiles, root, workspacePackages } from '../workspace.mjs';
import { reportChecks } from './report.mjs';

/** What the workspace is held to: the page's own drawing, so that it is never another than what stands. */
const ARCHITECTURE = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');

/** Which packages the sources of a package import, by its folder's name: lines such as `    tfjs -> core, wasm`. */
const ARROWS = new Map(
  [...ARCHITECTURE.matchAll(/^ {4}([\w, -]+?) +-> +(.+)$/gm)].flatMap(([, from, to]) =>
    from.split(', ').map((name) => [name, new Set(to.split(', '))]),
  ),
);

/** Faults that stand today, as they are printed. One that is gone fails until it is taken off. */
const NOT_YET = new Set([]);

/** What checks Vue's components and reads doc comments needs TypeScript's API, which version 7 does not have. */
const DOCS_OWN = 'typescript';

const MOST_IN_A_FOLDER = 10;
const VAGUE = /(^|[-_.])(utils?|helpers?|managers?|misc|common-stuff)([-_.]|$)/i;
const SOURCE = /\.(ts|mts|vue|mjs)$/;

const packages = workspacePackages().filter(({ manifest }) => manifest.name !== 'consumer');
const byName = new Map(packages.map((member) => [member.name, member]));
const shortName = ({ folder }) => folder.split('/')[1];

const files = packages.flatMap((member) =>
  ownFiles(member.directory)
    .filter((path) => SOURCE.test(path))
    .map((path) => fileAt(member, path)),
);
const byPath = new Map(files.map((file) => [file.path, file]));

/** A file's place in its package and what it imports. */
function fileAt(member, path) {
  const [room] = relative(member.directory, path).split('/');
  const isSource =
    room === 'src' || room === 'assembly' || (shortName(member) === 'docs' && room === '.vitepress');
  return { member, path, shown: relative(root, path), isSource, imports: importsOf(path) };
}

/** @returns {string[]} what stands between the quotes, types' imports too */
function importsOf(path) {
  const text = readFileSync(path, 'utf8');
  const code =
    extname(path) === '.vue'
      ? [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(([, script]) => script).join('\n')
      : text;
  const { module } = parseSync(path.replace(/\.vue$/, '.ts'), code);
  return [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.map(({ moduleRequest }) => moduleRequest?.value),
    ),
    ...module.dynamicImports.map(
      ({ moduleRequest }) => /^['"](.*)['"]$/.exec(code.slice(moduleRequest.start, moduleRequest.end))?.[1],
    ),
  ].filter((request) => request !== undefined);
}

/** The file of ours that a relative import means. */
function target(file, request) {
  const path = join(dirname(file.path), request.replace(/\?.*$/, ''));
  return [path, `${path}.ts`, join(path, 'index.ts'), `${path}.vue`]
    .map((candidate) => byPath.get(candidate))
    .find(Boolean);
}

const isRelative = (request) => request.startsWith('.');
const packageName = (request) =>
  request
    .split('/')
    .slice(0, request.startsWith('@') ? 2 : 1)
    .join('/');

function* checks() {
  yield ["ARCHITECTURE.md's tree has every package and app, and no other", faultsOfTree()];
  yield ["packages import each other as ARCHITECTURE.md's arrows have it", faultsOfArrows()];
  yield ['what a package imports, its package.json names', undeclared()];
  yield ['no package reaches into another by a path', reachingOut()];
  yield ['no files import each other in a circle', circles()];
  yield [`no folder has more than ${MOST_IN_A_FOLDER} source files`, fullFolders()];
  yield [
    'names say what a file is about',
    files.filter(({ shown }) => shown.split('/').some((part) => VAGUE.test(part))).map(({ shown }) => shown),
  ];
  yield ['what is published needs nothing that is not', privateDependencies()];
  yield ['a version that two packages use stands in the catalog', scatteredVersions()];
  yield ['Markdown pages name packages and entries that exist', unknownNames()];
  yield ['ARCHITECTURE.md and CONTRIBUTING.md name files that exist', unknownFiles()];
}

function faultsOfTree() {
  const drawn = [...ARCHITECTURE.matchAll(/^ {6}([\w-]+)\/ /gm)].map(([, name]) => name);
  const there = workspacePackages().map(shortName);
  return [
    ...there.filter((name) => !drawn.includes(name)).map((name) => `${name} is not drawn`),
    ...drawn.filter((name) => !there.includes(name)).map((name) => `${name} is drawn, and not there`),
  ];
}

/** Circles of packages need no look of their own: turbo refuses to build them. */
function faultsOfArrows() {
  const unused = new Map([...ARROWS].map(([from, to]) => [from, new Set(to)]));
  const undrawn = files
    .filter(({ isSource }) => isSource)
    .flatMap(({ member, shown, imports }) =>
      imports
        .map((request) => byName.get(packageName(request)))
        .filter((other) => other !== undefined && other !== member)
        .filter((other) => {
          unused.get(shortName(member))?.delete(shortName(other));
          return !ARROWS.get(shortName(member))?.has(shortName(other));
        })
        .map(
          (other) => `${shown} imports ${other.name}: no arrow ${shortName(member)} -> ${shortName(other)}`,
        ),
    );
  return [
    ...undrawn,
    ...[...unused].flatMap(([from, to]) => [...to].map((other) => `${from} -> ${other}: nothing imports it`)),
  ];
}

function undeclared() {
  return files
    .filter(({ isSource }) => isSource)
    .flatMap(({ member, shown, imports }) => {
      const { name, dependencies, peerDependencies, devDependencies } = member.manifest;
      const needed = { ...dependencies, ...peerDependencies };
      // What is bundled need not be installed: packages that are not published, and all of what an app imports.
      const bundled = (request) =>
        devDependencies?.[request] && (!member.isPublic || byName.get(request)?.isPublic === false);
      return (
        imports
          .filter(
            (request) =>
              !isRelative(request) && !request.startsWith('node:') && !builtinModules.includes(request),
          )
          .filter((request) => !request.startsWith('virtual:') && !/^[@~#]\//.test(request))
          .map(packageName)
          .filter((request) => request !== name && !(request in needed) && !bundled(request))
          // @types/x and optional peers that only types name are seen by the compiler.
          .filter((request) => !(devDependencies?.[request] && isTypeOnly(shown, request)))
          .map((request) => `${shown} imports ${request}`)
      );
    });
}

/** Whether every import of a package in a file is erased by the compiler. */
function isTypeOnly(shown, request) {
  const { module } = parseSync(shown, readFileSync(join(root, shown), 'utf8'));
  return (
    module.staticImports
      .filter(({ moduleRequest }) => packageName(moduleRequest.value) === request)
      .every(({ entries }) => entries.length > 0 && entries.every(({ isType }) => isType)) &&
    module.dynamicImports.length === 0
  );
}

function reachingOut() {
  return files.flatMap((file) =>
    file.imports
      .filter(isRelative)
      .filter((request) => {
        const path = join(dirname(file.path), request);
        return packages.some((other) => other !== file.member && path.startsWith(`${other.directory}/`));
      })
      .map((request) => `${file.shown} imports ${request}`),
  );
}

/** Each circle once, by Tarjan's strongly connected components (1972). */
function circles() {
  const order = new Map();
  const lowest = new Map();
  const stack = [];
  const found = [];
  const visit = (file) => {
    order.set(file, order.size);
    lowest.set(file, order.get(file));
    stack.push(file);
    const next = file.imports.filter(isRelative).map((request) => target(file, request));
    for (const other of next.filter(Boolean)) {
      if (!order.has(other)) visit(other);
      if (stack.includes(other)) lowest.set(file, Math.min(lowest.get(file), lowest.get(other)));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1) found.push(circle.map(({ shown }) => shown).join(' -> '));
  };
  for (const file of files) if (!order.has(file)) visit(file);
  return found;
}

function fullFolders() {
  const counts = new Map();
  for (const { path, isSource } of files) {
    if (isSource) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > MOST_IN_A_FOLDER)
    .map(([folder, count]) => `${relative(root, folder)} has ${count}`);
}

function privateDependencies() {
  return packages
    .filter(({ isPublic }) => isPublic)
    .flatMap(({ name, manifest: { dependencies, peerDependencies } }) =>
      Object.keys({ ...dependencies, ...peerDependencies })
        .filter((other) => byName.get(other)?.isPublic === false)
        .map((other) => `${name} depends on ${other}`),
    );
}

function scatteredVersions() {
  const users = new Map();
  for (const { name, manifest } of [...workspacePackages(), { name: 'the root', manifest: rootManifest() }]) {
    for (const [other, version] of Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
    })) {
      if (byName.has(other)) continue;
      users.set(other, [...(users.get(other) ?? []), { name, version }]);
    }
  }
  return [...users]
    .filter(
      ([other, all]) =>
        other !== DOCS_OWN && all.length > 1 && all.some(({ version }) => version !== 'catalog:'),
    )
    .map(([other, all]) => `${other}: ${all.map(({ name, version }) => `${name} ${version}`).join(', ')}`);
}

function rootManifest() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
}

/** '@normlayers/core/weights' in a page: a package, and an entry among its exports. */
function unknownNames() {
  const pages = [
    ...readdirSync(root),
    ...['packages', 'apps'].flatMap((folder) =>
      ownFiles(join(root, folder)).map((path) => relative(root, path)),
    ),
  ].filter((path) => path.endsWith('.md') && !/(^|\/)(reference|CHANGELOG\.md)(\/|$)/.test(path));
  return pages.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/(?<![\w/])(@normlayers\/[\w-]+)((?:\/[\w.*-]+)*)/g)]
      .filter(([, name, entry]) => {
        const exports = byName.get(name)?.manifest.exports;
        return (
          exports === undefined || !(entry === '' || entryExists(exports, `.${entry.replace(/\.$/, '')}`))
        );
      })
      .map(([whole]) => `${page} names ${whole}`),
  );
}

/** 'plan/views.ts' or 'core/src/plan' in backticks or as a link: a part of the path of a file or folder of ours. './layers' is an entry. */
function unknownFiles() {
  const paths = ['scripts', ...['packages', 'apps']].flatMap((folder) => ownFiles(join(root, folder)));
  const known = new Set(
    [...readdirSync(root), ...paths.map((path) => relative(root, path))].flatMap((path) => {
      const parts = path.split('/');
      return parts.flatMap((_, from) =>
        parts.slice(from).map((_, to) => parts.slice(from, from + to + 1).join('/')),
      );
    }),
  );
  return ['ARCHITECTURE.md', 'CONTRIBUTING.md'].flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/(?:`|\]\()((?:[\w.-]+\/)*[\w.-]*)[`)]/g)]
      .map(([, name]) => name)
      .filter(
        (name) =>
          !name.startsWith('./') &&
          /\/|\w\.(ts|mjs|vue|md)$/.test(name) &&
          !known.has(name.replace(/\/$/, '')),
      )
      .map((name) => `${page} names ${name}`),
  );
}

function entryExists(exports, entry) {
  return Object.keys(exports).some((pattern) => {
    const [before, after] = pattern.split('*');
    return after === undefined ? pattern === entry : entry.startsWith(before) && entry.endsWith(after);
  });
}

function* withoutAllowed() {
  const seen = new Set();
  for (const [sentence, faults] of checks()) {
    for (const fault of faults.filter((fault) => NOT_YET.has(fault))) {
      seen.add(fault);
      console.log(`not yet: ${fault}`);
    }
    yield [sentence, faults.filter((fault) => !NOT_YET.has(fault))];
  }
  yield ['what is allowed still stands', [...NOT_YET].filter((fault) => !seen.has(fault))];
}

await reportChecks(join(root, 'reports', 'structure.json'), withoutAllowed());
