import { existsSync, readFileSync } from 'node:fs';
import { inspect, mend } from '../src/index';

/** What inspecting and mending a file took. */
export interface Spent {
  readonly found: number;
  readonly changes: number;
  /** The most memory that the process ever had, the file's bytes in it, above what it had before. */
  readonly peak: number;
  /** Of the processor: what else runs on the machine does not count. */
  readonly seconds: number;
}

/** Linux counts what a process was forked from in `maxRSS` too. */
function peak(): number {
  const status = '/proc/self/status';
  const own = existsSync(status) ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8')) : null;
  return 1024 * (own === null ? process.resourceUsage().maxRSS : Number(own[1]));
}

const before = peak();
const bytes = new Uint8Array(readFileSync(process.argv[2]!).buffer);
const start = process.cpuUsage();
const found = inspect(bytes).norms.length;
const changes = mend(bytes).changes.length;
const { user, system } = process.cpuUsage(start);
const spent: Spent = { found, changes, peak: peak() - before, seconds: (user + system) / 1e6 };
console.log(JSON.stringify(spent));
