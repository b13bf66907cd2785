import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Its arguments, with blanks between. */
  readonly command: string;
  /** CPU time that it has used, in seconds. */
  readonly cpu: number;
}

/** Clock ticks a second, in which /proc counts: 100 on every Linux that Node runs on. */
const TICKS = 100;

/** Everything that a process has started, and what those have. Linux only: read from /proc. */
export function descendantsOf(pid: number): Process[] {
  const all = readdirSync('/proc').flatMap((name) =>
    /^\d+$/.test(name) ? (processAt(Number(name)) ?? []) : [],
  );
  const found: Process[] = [];
  let parents = new Set([pid]);
  while (parents.size > 0) {
    const children = all.filter(({ parent }) => parents.has(parent));
    found.push(...children);
    parents = new Set(children.map((child) => child.pid));
  }
  return found;
}

/** Ends a process that has not ended, and everything that it has started, at once. */
export function killFamily({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  for (const member of [...descendantsOf(pid).map((descendant) => descendant.pid), pid]) {
    try {
      process.kill(member, 'SIGKILL');
    } catch {
      // It has ended with another.
    }
  }
}

/** Chromium's or Firefox's process of a page. */
export function isRenderer({ command }: Process): boolean {
  return command.includes('--type=renderer') || /-contentproc .* tab\s*$/.test(command);
}

/** The browser's first process, that all others hang on: not the shell in which Debian's chromium-headless-shell waits for it. */
export function isBrowser({ command }: Process): boolean {
  return command.includes('--headless') && !/^\S*\bsh |--type=|-contentproc/.test(command);
}

export function isAlive(pid: number): boolean {
  return processAt(pid) !== undefined;
}

/** Undefined where it has ended: also where its parent has not asked yet how. Linux only. */
export function processAt(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything; state and parent follow it.
    const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z') return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    // Fields 14 and 15 of proc(5), of which the state is the third.
    const cpu = (Number(rest[9]) + Number(rest[10])) / TICKS;
    return { pid, parent: Number(parent), command, cpu };
  } catch {
    return undefined;
  }
}
