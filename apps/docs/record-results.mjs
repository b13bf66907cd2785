// What the conformance page shows of the last release, out of the reports that `npm test` leaves in reports/:
// node record-results.mjs [FOLDER]    (default: public/recorded, which the next build of the site takes in)
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedCases } from '@normlayers/conformance';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = resolve(process.argv[2] ?? at('public/recorded'));
mkdirSync(folder, { recursive: true });

/** What the page can run: the cases of vectors are in files. */
const generated = new Set(generatedCases().map(({ name }) => name));
const WORST_FIRST = ['wrong', 'imprecise', 'ordinary', 'accurate'];

for (const [name, report] of [
  ['node', 'conformance.json'],
  ['chromium', 'conformance-chromium.json'],
  ['firefox', 'conformance-firefox.json'],
  ['deno', 'conformance-deno.json'],
]) {
  const file = at(`../../reports/${report}`);
  if (!existsSync(file)) {
    console.log(`${name}: no reports/${report}, so what was recorded stays; npm test makes one.`);
    continue;
  }
  const { environment, adapters } = JSON.parse(readFileSync(file, 'utf8'));
  const recorded = { environment: withoutKernel(environment), adapters: adapters.map(condensed) };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(recorded, null, 1)}\n`);
  console.log(`${name}: ${adapters.length} adapters recorded`);
}

for (const [name, report] of [
  ['node', 'bench.json'],
  ['chromium', 'bench-chromium.json'],
]) {
  const file = at(`../../reports/${report}`);
  if (!existsSync(file)) continue;
  const { environment, results } = JSON.parse(readFileSync(file, 'utf8'));
  const recorded = { environment: withoutKernel(environment), results: results.map(timed) };
  writeFileSync(join(folder, `bench-${name}.json`), `${JSON.stringify(recorded, null, 1)}\n`);
  console.log(`bench, ${name}: ${results.length} times recorded`);
}

/** What the speed page shows of a time, in as many digits as it shows. */
function timed({ adapter, op, mode, shape, residency, medianMs, timesMemcpy, grade, digits, passes }) {
  const figures = { medianMs: short(medianMs), timesMemcpy: short(timesMemcpy), digits: short(digits) };
  return { adapter, op, mode, shape, residency, ...figures, grade, ...(passes ? { passes } : {}) };
}

function short(value) {
  return Number(value.toPrecision(3));
}

/** Of the system its name: the kernel of one machine says nothing about a release. */
function withoutKernel(environment) {
  return environment.os ? { ...environment, os: environment.os.split(' ')[0] } : environment;
}

/** Of each operation and mode: how many cases ended how, the fewest digits right, and the worst case. */
function condensed({ name, kind, available, reason, cases }) {
  if (!available) return { name, kind, reason };
  const cells = {};
  for (const report of cases) {
    const { op, mode, grade, faults = [] } = report;
    const state = grade === 'wrong' && faults.some((fault) => fault.kind === 'threw') ? 'errored' : grade;
    const key = `${op} ${mode}`;
    cells[key] ??= { counts: {}, digits: null, worst: null };
    const cell = cells[key];
    cell.counts[state] = (cell.counts[state] ?? 0) + 1;
    if (grade === 'unsupported') continue;
    if (showsDigits(report))
      cell.digits = Math.min(cell.digits ?? Infinity, Number(report.digits.toFixed(1)));
    if (!generated.has(report.name)) continue;
    if (cell.worst === null || isWorse(report, cell.worst)) cell.worst = report;
  }
  for (const cell of Object.values(cells)) cell.worst = cell.worst?.name ?? null;
  return { name, kind, cells };
}

/** As the command's matrix has it: where the data hold 3 digits, float16 aside. */
function showsDigits({ dtype, digits, heldDigits }) {
  return dtype !== 'float16' && typeof digits === 'number' && heldDigits >= 3;
}

/** A case of a worse grade, or of fewer digits where these say something. */
function isWorse(report, than) {
  const places = [report, than].map(({ grade }) => WORST_FIRST.indexOf(grade));
  if (places[0] !== places[1]) return places[0] < places[1];
  return showsDigits(report) && (!showsDigits(than) || report.digits < than.digits);
}
