// What the conformance page shows of the last release, out of the reports that `npm test` leaves in reports/:
// node record-results.mjs [FOLDER]    (default: public/recorded, which the next build of the site takes in)
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = resolve(process.argv[2] ?? at('public/recorded'));
mkdirSync(folder, { recursive: true });

for (const [name, report] of [
  ['node', 'conformance.json'],
  ['chromium', 'conformance-chromium.json'],
]) {
  const file = at(`../../reports/${report}`);
  if (!existsSync(file)) {
    console.log(`${name}: no reports/${report}, so what was recorded stays; npm test makes one.`);
    continue;
  }
  const { environment, adapters } = JSON.parse(readFileSync(file, 'utf8'));
  const recorded = { environment: withoutKernel(environment), adapters: adapters.map(condensed) };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(recorded, null, 2)}\n`);
  console.log(`${name}: ${adapters.length} adapters recorded`);
}

/** Of the system its name: the kernel of one machine says nothing about a release. */
function withoutKernel(environment) {
  return environment.os ? { ...environment, os: environment.os.split(' ')[0] } : environment;
}

/** How many cases of each operation ended how. */
function condensed({ name, available, reason, cases }) {
  if (!available) return { name, reason };
  const ops = {};
  for (const { op, grade, faults = [] } of cases) {
    const state = grade === 'wrong' && faults.some(({ kind }) => kind === 'threw') ? 'errored' : grade;
    ops[op] ??= {};
    ops[op][state] = (ops[op][state] ?? 0) + 1;
  }
  return { name, ops };
}
