import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
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

/** @throws CommandError `usage` where the file cannot be written after all. */
export function writeReport(option: string, path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new CommandError('usage', `--${option} ${path} cannot be written: ${(error as Error).message}.`);
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
