import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { CommandError } from '../command-error';

/**
 * Sees before the work begins that a report can be written where it is wanted.
 *
 * @param files paths by the option that names them.
 * @throws CommandError `usage` where one cannot.
 */
export function checkReportFiles(files: Readonly<Record<string, string | undefined>>): void {
  for (const [option, path] of Object.entries(files)) {
    if (path !== undefined) checkReportFile(option, path);
  }
}

function checkReportFile(option: string, path: string): void {
  const refuse = (why: string) => {
    throw new CommandError('usage', `--${option} ${path} cannot be written: ${why}.`);
  };
  const folder = dirname(path);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    refuse(`there is no folder ${folder}`);
  }
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing?.isDirectory() === true) refuse('that is a folder');
  try {
    accessSync(existing === undefined ? folder : path, constants.W_OK);
  } catch {
    refuse('you may not write there');
  }
}

/** A report that is wanted as a file: the option that names it, its path, and what makes its text. */
export type Report = readonly [option: string, path: string | undefined, text: () => string];

/**
 * Writes the reports that are wanted. To be called when what they say has been printed: a disk that is full costs a file, and
 * neither what was found nor the other files.
 *
 * @param stopped why the run ended before it was done.
 * @throws CommandError `environment` where one cannot be written after all; `stopped` where the run was.
 */
export function writeReports(reports: readonly Report[], stopped: CommandError | null = null): void {
  const unwritten = reports.flatMap(([option, path, text]) => {
    if (path === undefined) return [];
    try {
      writeWhole(path, text());
      return [];
    } catch (error) {
      return [`--${option} ${path} cannot be written: ${(error as Error).message}.`];
    }
  });
  if (stopped !== null) {
    for (const sentence of unwritten) console.error(`normlayers: ${sentence}`);
    throw stopped;
  }
  if (unwritten.length > 0) throw new CommandError('environment', unwritten.join(' '));
}

/** Half a report could be taken for one: where it does not fit, a new file is removed, and one that was there is left empty. */
function writeWhole(path: string, text: string): void {
  const isNew = !existsSync(path);
  const file = openSync(path, isNew ? 'wx' : 'w');
  try {
    writeFileSync(file, text);
  } catch (error) {
    if (isNew) rmSync(path, { force: true });
    else if (statSync(path).isFile()) ftruncateSync(file);
    throw error;
  } finally {
    closeSync(file);
  }
}

/** A JSON report's text. One of a run that was stopped says so first. */
export function jsonText(report: object, stopped: CommandError | null): string {
  const { schema, ...rest } = report as { readonly schema: number };
  const partial = stopped === null ? {} : { partial: stopped.message };
  return `${JSON.stringify({ schema, ...partial, ...rest }, null, 1)}\n`;
}

/** A JUnit report's text. One of a run that was stopped says so in a comment, which the format has no other place for. */
export function junitText(xml: string, stopped: CommandError | null): string {
  if (stopped === null) return xml;
  return xml.replace('?>', `?>\n<!-- partial: ${stopped.message.replaceAll('--', '- -')} -->`);
}
