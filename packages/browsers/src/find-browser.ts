import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { BrowserError } from './browser-error';

export type BrowserRuntime = 'chromium' | 'firefox';

interface Places {
  readonly label: string;
  /** Environment variables that name the program. */
  readonly variables: readonly string[];
  /** Names on the PATH. */
  readonly commands: readonly string[];
  /** Where installers put it, below one of `folders()`. */
  readonly files: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>>;
  readonly install: string;
}

/** Debian's Chromium without windows. */
const HEADLESS_SHELL = 'chromium-headless-shell';

const PLACES: Readonly<Record<BrowserRuntime, Places>> = {
  chromium: {
    label: 'Chrome, Chromium or Edge',
    variables: ['CHROME_PATH'],
    commands: [
      'google-chrome-stable',
      'google-chrome',
      'chromium',
      'chromium-browser',
      'microsoft-edge-stable',
      'microsoft-edge',
      HEADLESS_SHELL,
    ],
    files: {
      linux: ['/opt/google/chrome/chrome', '/snap/bin/chromium', '/opt/microsoft/msedge/msedge'],
      darwin: [
        'Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
        'Applications/Chromium.app/Contents/MacOS/Chromium',
        'Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
      ],
      win32: [
        'Google/Chrome/Application/chrome.exe',
        'Chromium/Application/chrome.exe',
        'Microsoft/Edge/Application/msedge.exe',
      ],
    },
    install: 'on Debian and Ubuntu: apt-get install chromium',
  },
  firefox: {
    label: 'Firefox',
    variables: ['FIREFOX_PATH'],
    commands: ['firefox-esr', 'firefox'],
    files: {
      linux: ['/snap/bin/firefox', '/opt/firefox/firefox'],
      darwin: ['Applications/Firefox.app/Contents/MacOS/firefox'],
      win32: ['Mozilla Firefox/firefox.exe'],
    },
    install: 'on Debian: apt-get install firefox-esr',
  },
};

/**
 * The program of an installed browser.
 *
 * @throws BrowserError `usage` where a path was given and is no program; `environment` where none is found.
 */
export function findBrowser(runtime: BrowserRuntime, given?: string): string {
  const { label, variables, commands, install } = PLACES[runtime];
  if (given !== undefined) return checked(given, '--browser');
  for (const name of variables) {
    const value = process.env[name];
    if (value !== undefined && value !== '') return checked(value, name);
  }
  const onPath = commands.flatMap((command) =>
    (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, command)),
  );
  const candidates = process.platform === 'win32' ? [] : onPath;
  const found = [...candidates, ...installed(runtime)].find(isProgram);
  if (found !== undefined) return found;
  throw new BrowserError(
    'environment',
    `no ${label} was found; install one (${install}), or name it by --browser PATH or ${variables[0]}.`,
  );
}

function installed(runtime: BrowserRuntime): string[] {
  const files = PLACES[runtime].files[process.platform] ?? [];
  return files.flatMap((file) => folders().map((folder) => join(folder, file)));
}

function folders(): string[] {
  switch (process.platform) {
    case 'win32': {
      const { ProgramFiles, 'ProgramFiles(x86)': x86, LOCALAPPDATA } = process.env;
      return [ProgramFiles, x86, LOCALAPPDATA].filter((folder) => folder !== undefined);
    }
    case 'darwin':
      return ['/', homedir()];
    default:
      return ['/'];
  }
}

function checked(path: string, where: string): string {
  if (isProgram(path)) return path;
  const exists = statSync(path, { throwIfNoEntry: false }) !== undefined;
  const why = exists ? 'that is no program that can be run' : 'there is no such file';
  throw new BrowserError('usage', `${where} ${path}: ${why}.`);
}

function isProgram(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
