// What the pages show of the last release, out of the reports that `npm test` and the command leave in reports/ at the root:
// pnpm run record [FOLDER]    (default: public/recorded, which the next build of the site takes in)
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BenchJson } from '@normlayers/benchmark';
import { type ConformanceJson, generatedCases } from '@normlayers/conformance';
import { recordedBench } from '../../speed/recorded-bench';
import { BENCHES } from '../../speed/recorded-ladder';
import { condensedReport } from './condensed-report';
import { RUNTIMES } from './recorded-results';

const folder = resolve(process.argv[2] ?? 'public/recorded');
mkdirSync(folder, { recursive: true });
const known = new Set(generatedCases().map(({ name }) => name));

for (const runtime of RUNTIMES) {
  const report = read<ConformanceJson>(runtime === 'node' ? 'conformance' : `conformance-${runtime}`);
  if (report !== null) write(runtime, condensedReport(report, known));
}
for (const name of BENCHES) {
  const report = read<BenchJson>(name === 'node' ? 'bench' : `bench-${name}`);
  if (report !== null) write(`bench-${name}`, recordedBench(report));
}

function read<T>(name: string): T | null {
  const file = join('..', '..', 'reports', `${name}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as T;
  console.log(`no reports/${name}.json: what was recorded of it stays`);
  return null;
}

function write(name: string, recorded: object): void {
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(recorded, null, 1)}\n`);
  console.log(`${name} recorded`);
}
