import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** Builds the site where there is none; a site that is there is tested as it is. */
export function setup(): void {
  if (existsSync(`${folder}/.vitepress/dist/index.html`)) return;
  execFileSync('pnpm', ['run', 'build:site'], {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
}
