// What a stranger's tools make of the packages as they are published: publint of the files, attw of the types, and that
// each says of itself what a registry shows. node scripts/steps/packages.mjs
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packPublicPackages } from '../pack.mjs';
import { root } from '../workspace.mjs';
import { reportChecks } from './report.mjs';

/** The packages are ES modules with `exports`: resolution that knows neither is not served. */
const NOT_SERVED = ['node10', 'node16-cjs'];

const folder = mkdtempSync(join(tmpdir(), 'normlayers-packed-'));
try {
  await reportChecks(join(root, 'reports', 'packages.json'), checks());
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function* checks() {
  for (const { name, tarball } of packPublicPackages(folder)) {
    const packed = readFileSync(tarball);
    const contents = createPackageFromTarballData(packed);
    const files = contents
      .listFiles()
      .map((file) => file.replace(/^.*?\/node_modules\/(@[^/]+\/)?[^/]+\//, ''));
    const manifest = JSON.parse(contents.readFile(`/node_modules/${name}/package.json`));
    yield [`${name}: package.json is complete`, missing(manifest)];
    yield [`${name}: only what is used is published`, unexpected(files, manifest)];
    const read = (file) => contents.readFile(`/node_modules/${name}/${file}`);
    yield [`${name}: links of its pages lead somewhere`, brokenLinks(files, read)];
    yield [`${name}: what a page bundle carries has its licence beside it`, withoutLicences(files)];
    yield [`${name}: publint`, await publintMessages(packed)];
    if (Object.keys(manifest.exports).some((entry) => entry !== './package.json'))
      yield [`${name}: attw`, await typeProblems(contents)];
  }
}

function missing({ description, keywords, license, engines, exports, files, sideEffects, bin, ...rest }) {
  const ranges = Object.entries({ ...rest.dependencies, ...rest.peerDependencies });
  return [
    ...(description?.length >= 40 ? [] : ['description']),
    ...(keywords?.length >= 5 ? [] : ['keywords']),
    ...(license === 'MIT' ? [] : ['license']),
    ...(engines?.node === undefined ? ['engines'] : []),
    ...(exports === undefined ? ['exports'] : []),
    ...(files === undefined ? ['files'] : []),
    ...(sideEffects === false || bin !== undefined ? [] : ['sideEffects']),
    // A range that only this workspace understands.
    ...ranges
      .filter(([, range]) => /^(workspace|catalog):/.test(range))
      .map(([other, range]) => `${other} ${range}`),
  ];
}

function unexpected(files, manifest) {
  const named = [...(manifest.files ?? []), 'README.md', 'LICENSE', 'CHANGELOG.md', 'package.json'];
  return [
    ...['README.md', 'LICENSE', 'package.json']
      .filter((file) => !files.includes(file))
      .map((file) => `no ${file}`),
    ...files.filter((file) => !named.some((name) => file === name || file.startsWith(`${name}/`))),
    ...files.filter((file) => /^(src|test|assembly)\//.test(file)),
  ];
}

/** Relative links that end nowhere in the package: a registry's page, and who has installed it, have no repository around. */
function brokenLinks(files, read) {
  return files
    .filter((file) => file.endsWith('.md') && file !== 'CHANGELOG.md')
    .flatMap((file) =>
      [...read(file).matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, link]) => link)
        .filter((link) => !/^(https?:|mailto:|#)/.test(link))
        .filter((link) => !files.includes(posix.join(posix.dirname(file), link.split('#')[0])))
        .map((link) => `${file}: ${link}`),
    );
}

function withoutLicences(files) {
  const pages = files.filter((file) => file.endsWith('/page.js')).map((file) => dirname(file));
  return pages.filter((folder) => !files.includes(`${folder}/LICENCES.txt`));
}

async function publintMessages(packed) {
  const tarball = packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  return messages.map((message) => formatMessage(message, pkg, { color: false }));
}

async function typeProblems(contents) {
  const { problems } = await checkPackage(contents);
  return problems
    .filter(
      ({ resolutionKind, resolutionOption }) => !NOT_SERVED.includes(resolutionKind ?? resolutionOption),
    )
    .map((problem) => [problem.kind, problem.entrypoint, problem.resolutionKind].filter(Boolean).join(' '));
}
