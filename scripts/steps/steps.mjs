// The steps of `npm test`. Each is a turbo task, or the tasks of one name: turbo.json says what they depend on, and so
// when their last result still holds.
import { join } from 'node:path';
import { root, workspacePackages } from '../workspace.mjs';

/**
 * @typedef {object} Step
 * @property {string} name for `--only`
 * @property {string} title
 * @property {string} task the turbo task
 * @property {string} [of] the package whose task it is; all that have one where this is absent
 * @property {string} [report] the file that tells its counts
 * @property {'chromium' | 'firefox' | 'deno'} [browser] what it cannot run without
 * @property {string[]} [after] steps that it follows where they run too
 * @property {boolean} [fullOnly] whether only `npm run test:full` has it
 */

const ROOT = '//';
const DOCS = '@normlayers/docs';

const inReports = (name) => join(root, 'reports', `${name}.json`);

/** Packages whose tests take longest come first, so that none of them is left to run alone at the end. */
const LONGEST = ['cli', 'onnxruntime-web', 'wasm', 'tfjs', 'model', 'webgpu', 'conformance'];

/** @returns {Step[]} in the order in which they start */
export function allSteps() {
  return [
    { name: 'lint', title: 'format and lint', task: 'lint', of: ROOT },
    {
      name: 'structure',
      title: 'structure of the workspace',
      task: 'structure',
      of: ROOT,
      report: inReports('structure'),
    },
    {
      name: 'workflows',
      title: "GitHub's workflows",
      task: 'workflows',
      of: ROOT,
      report: inReports('workflows'),
    },
    // Early, since three steps wait for it.
    { name: 'site:build', title: 'the docs app, built', task: 'site', of: DOCS },
    { name: 'types', title: 'types', task: 'typecheck' },
    {
      name: 'conformance:node',
      title: 'conformance in Node',
      task: 'conformance:node',
      of: ROOT,
      report: inReports('conformance-node-step'),
    },
    {
      name: 'conformance:chromium',
      title: 'conformance in Chromium',
      task: 'conformance:chromium',
      of: ROOT,
      report: inReports('conformance-chromium-step'),
      browser: 'chromium',
    },
    ...siteSteps(),
    {
      name: 'conformance:firefox',
      title: 'a short run in Firefox',
      task: 'conformance:firefox',
      of: ROOT,
      report: inReports('conformance-firefox-step'),
      browser: 'firefox',
    },
    {
      name: 'conformance:deno',
      title: "conformance on Deno's WebGPU",
      task: 'conformance:deno',
      of: ROOT,
      report: inReports('conformance-deno-step'),
      browser: 'deno',
    },
    {
      name: 'consumer',
      title: 'the packages, packed and installed elsewhere',
      task: 'try',
      of: 'consumer',
      report: join(root, 'apps', 'consumer', 'reports', 'try.json'),
    },
    ...unitSteps(),
    { name: 'sizes', title: 'sizes', task: 'sizes', of: ROOT, report: inReports('sizes') },
    {
      name: 'packages',
      title: 'what the packages publish',
      task: 'packages',
      of: ROOT,
      report: inReports('packages'),
    },
    {
      name: 'peers',
      title: 'the oldest and the newest frameworks',
      task: 'peers',
      of: ROOT,
      report: inReports('peers'),
      fullOnly: true,
    },
  ];
}

/** The built docs app in Chromium. */
function siteSteps() {
  return [
    ['pages', 'its pages in Chromium'],
    ['widgets', 'its widgets, experiments and recipes'],
    // What it records of the suite's runs is theirs of now.
    [
      'live',
      'its live suite, benchmark and experiments in Chromium',
      'conformance:node',
      'conformance:chromium',
    ],
  ].map(([name, title, ...after]) => ({
    name: `site:${name}`,
    title,
    task: `test:${name}`,
    of: DOCS,
    report: join(root, 'apps', 'docs', 'reports', `${name}.json`),
    browser: 'chromium',
    after: ['site:build', ...after],
  }));
}

/** A step for the tests of each package. */
function unitSteps() {
  const place = (name) => (LONGEST.includes(name) ? LONGEST.indexOf(name) : LONGEST.length);
  return workspacePackages()
    .filter(({ folder, manifest }) => folder.startsWith('packages/') && manifest.scripts?.test !== undefined)
    .map(({ name, folder, directory }) => ({ name, short: folder.split('/')[1], directory }))
    .sort((one, other) => place(one.short) - place(other.short))
    .map(({ name, short, directory }) => ({
      name: `unit:${short}`,
      title: `tests of ${name}`,
      task: 'test',
      of: name,
      report: join(directory, 'reports', 'unit.json'),
    }));
}

/**
 * The steps whose names are asked for; 'unit' asks for every 'unit:...'.
 *
 * @returns {{ chosen: Step[], unknown: string[] }}
 */
export function chooseSteps(steps, names) {
  if (names.length === 0) return { chosen: steps, unknown: [] };
  const asked = (step, name) => step.name === name || step.name.startsWith(`${name}:`);
  return {
    chosen: steps.filter((step) => names.some((name) => asked(step, name))),
    unknown: names.filter((name) => !steps.some((step) => asked(step, name))),
  };
}
