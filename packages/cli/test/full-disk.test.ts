// A disk that is full in mid-write. The shell limits how large a file may get, which fails a write as a full disk does: after a
// part of the file.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { CommandError } from '../src/command-error';
import { writeFiles } from '../src/output/write-files';
import { writeReports } from '../src/output/write-report';

const command = fileURLToPath(new URL('../dist/normlayers.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'normlayers-full-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

/** The command where no file may be larger than some kilobytes. */
function onFullDisk(kilobytes: number, ...args: string[]) {
  const script = `ulimit -f ${kilobytes}; exec "$0" "$@"`;
  return spawnSync('bash', ['-c', script, process.execPath, command, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
}

describe.skipIf(process.platform === 'win32')('a file that does not fit', () => {
  test('conformance prints what it has found, writes the report that fits, and leaves no half of the other', () => {
    writeFileSync(at('page.xml'), 'of the run before');
    const { status, stdout, stderr } = onFullDisk(
      ...([8, 'conformance', '--adapter', 'reference', '--op', 'rmsNorm', '--mode', 'inference'] as const),
      ...['--json', 'found.json', '--junit', 'page.xml'],
    );
    expect(stdout).toMatch(/rmsNorm inference\s+\d+/);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('Passed: reference.');
    expect(stderr).toMatch(/^normlayers: --json found\.json cannot be written: EFBIG[^\n]*\n$/);
    expect(status).toBe(3);
    expect(existsSync(at('found.json'))).toBe(false);
    expect(readFileSync(at('page.xml'), 'utf8')).toContain('</testsuites>');
  });

  test('exported cases without their index are told to be none', () => {
    const { status, stderr } = onFullDisk(1, 'vectors', 'export', 'exported');
    expect(stderr).toMatch(
      /^normlayers: exported cannot be written: EFBIG.* It has no index\.json, .* remove it\.\n$/,
    );
    expect(status).toBe(3);
    expect(readdirSync(at('exported'))).toEqual(['cases']);
  });
});

describe('files that are written in this process', () => {
  /** Fails as the disk does once a file has `room` bytes. */
  async function withRoom<T>(
    room: number,
    use: (
      modules: typeof import('../src/output/write-report') & typeof import('../src/output/write-files'),
    ) => T,
  ): Promise<T> {
    const fs = await vi.importActual<typeof import('node:fs')>('node:fs');
    vi.resetModules();
    vi.doMock('node:fs', () => ({
      ...fs,
      writeFileSync(file: number, content: string | Uint8Array) {
        fs.writeFileSync(file, content.slice(0, room));
        if (content.length > room)
          throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
      },
    }));
    try {
      return use({
        ...(await import('../src/output/write-report')),
        ...(await import('../src/output/write-files')),
      });
    } finally {
      vi.doUnmock('node:fs');
      vi.resetModules();
    }
  }

  test('a model: all of its files or none, and no part is left', async () => {
    const mine = mkdtempSync(at('model-'));
    const files = { [join(mine, 'w.bin')]: new Uint8Array(10), [join(mine, 'm.json')]: new Uint8Array(200) };
    await withRoom(100, ({ writeFiles }) => {
      expect(() => writeFiles(files, 'm.json')).toThrow('--out m.json cannot be written: ENOSPC');
    });
    expect(readdirSync(mine)).toEqual([]);
    writeFiles(files, 'm.json');
    expect(readdirSync(mine)).toEqual(['m.json', 'w.bin']);
  });

  test('reports: the others are written, half a one is not left, and why the run was stopped is what is said', async () => {
    const mine = mkdtempSync(at('reports-'));
    writeFileSync(join(mine, 'there.md'), 'of the run before');
    const reports = [
      ['json', join(mine, 'new.json'), () => 'x'.repeat(200)],
      ['markdown', join(mine, 'there.md'), () => 'x'.repeat(200)],
      ['junit', join(mine, 'small.xml'), () => 'x'],
    ] as const;
    await withRoom(100, ({ writeReports }) => {
      expect(() => writeReports(reports)).toThrow(/--json .*ENOSPC.* --markdown .*ENOSPC/);
      const told = vi.spyOn(console, 'error').mockImplementation(() => {});
      const stopped = new CommandError('interrupted', 'stopped by Ctrl-C.');
      expect(() => writeReports(reports, stopped)).toThrow(stopped);
      expect(told).toHaveBeenCalledTimes(2);
      told.mockRestore();
    });
    expect(readdirSync(mine)).toEqual(['small.xml', 'there.md']);
    expect(readFileSync(join(mine, 'there.md'), 'utf8')).toBe('');
    writeReports(reports);
    expect(readFileSync(join(mine, 'there.md'), 'utf8')).toHaveLength(200);
  });
});
