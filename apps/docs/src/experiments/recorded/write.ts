// pnpm run record:experiments [NAME]...: records what the comparison shows, all of it or some, in about two minutes.
import { readFileSync, writeFileSync } from 'node:fs';
import { EXPERIMENT_NAMES } from '../experiment-names';
import { recordExperiment } from './record';
import type { Recording } from './recording';

const FILE = 'src/experiments/recorded/experiments.json';
const asked = process.argv.slice(2);
const names = EXPERIMENT_NAMES.filter((name) => asked.length === 0 || asked.includes(name));
const before = asked.length === 0 ? {} : (JSON.parse(readFileSync(FILE, 'utf8')) as Recording).experiments;
const experiments: Partial<Recording['experiments']> = { ...before };
for (const name of names) Object.assign(experiments, { [name]: await recordExperiment(name) });
const recording = { node: process.versions.node, date: new Date().toISOString().slice(0, 10), experiments };
// A point is one line: what differs is seen in a diff.
writeFileSync(FILE, `${JSON.stringify(recording, null, 1).replaceAll(/\n {6,}/g, ' ')}\n`);
