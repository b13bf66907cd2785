import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromSafetensors, toSafetensors } from '@normlayers/core/safetensors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportVectors, judgeVectors } from '../src/files/index';
import {
  type ExportedIndex,
  exportedFiles,
  generatedCases,
  reportMatrix,
  runConformance,
  selectCases,
} from '../src/index';
import { plainAdapter } from './plain-adapter';

const EXAMPLE = fileURLToPath(new URL('../examples/numpy_norms.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'vectors-'));
afterAll(() => rmSync(folder, { recursive: true }));

const cases = selectCases(generatedCases(), { op: ['layerNorm', 'batchNorm'] }).filter(
  ({ name }) => !/65536|256,256/.test(name),
);

beforeAll(async () => {
  const { cases: count } = await exportVectors(folder, { cases });
  expect(count).toBe(cases.filter(({ refusal }) => refusal === undefined).length);
});

const indexOf = (): ExportedIndex => JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'));

describe('results that a program puts beside exported cases', () => {
  test('are judged as the suite judges the same results', async () => {
    const adapter = plainAdapter({ round: Math.fround, variance: 'one-pass', sums: 'sequential' });
    await mkdir(join(folder, 'outputs'));
    for (const { name, outputsFile } of indexOf().cases) {
      const { call } = cases.find((testCase) => testCase.name === name)!;
      writeFileSync(join(folder, outputsFile), toSafetensors({ ...(await adapter.run(call)) }));
    }
    const judged = await judgeVectors(folder, { name: 'plain' });
    const ran = await runConformance(adapter, {
      cases: cases.filter(({ refusal }) => refusal === undefined),
    });
    const expected = new Map(ran.cases.map((report) => [report.name, report]));
    expect(judged.cases).toHaveLength(expected.size);
    for (const { name, grade, digits } of judged.cases) {
      const inSuite = expected.get(name)!;
      // The suite also asks for the other layout.
      if (inSuite.faults?.some(({ otherLayout }) => otherLayout)) continue;
      expect([name, grade]).toEqual([name, inSuite.grade]);
      if (digits !== null && grade === 'accurate')
        expect(digits).toBeGreaterThanOrEqual(inSuite.digits! - 1e-5);
    }
    expect(judged.totals.wrong).toBeGreaterThan(10);
    expect(reportMatrix([judged])).toContain('plain is not ordinary in');
  });

  test('a missing output is wrong, a torn file too, no file is unsupported, none at all an error', async () => {
    rmSync(join(folder, 'outputs'), { recursive: true });
    await expect(judgeVectors(folder)).rejects.toMatchObject({ code: 'missing-argument' });
    await mkdir(join(folder, 'outputs'));
    const [first, second] = indexOf().cases;
    writeFileSync(join(folder, first.outputsFile), toSafetensors({}));
    writeFileSync(join(folder, second.outputsFile), 'torn');
    const { totals, cases: reports } = await judgeVectors(folder);
    expect(totals).toMatchObject({ wrong: 2, unsupported: indexOf().cases.length - 2 });
    expect(reports[0].faults).toEqual([{ kind: 'missing', output: 'y' }]);
    expect(reports[1].message).toMatch(/outputs\/0002.safetensors: these bytes are no safetensors file/);
  });

  test('a folder that is none of ours is refused', async () => {
    await expect(judgeVectors(tmpdir())).rejects.toThrow(/index.json is not there/);
  });
});

const python = spawnSync('python3', ['-c', 'import numpy']);
if (python.status !== 0) {
  console.log(
    `left out: the Python example, because python3 with NumPy is not here (${python.stderr ?? 'no python3'})`,
  );
}

test.runIf(python.status === 0)(
  'the Python example is a program of under 60 lines that NumPy alone runs',
  async () => {
    const source = readFileSync(EXAMPLE, 'utf8');
    expect(source.split('\n').length - 1).toBeLessThan(60);
    expect([...source.matchAll(/^(?:import|from) (\w+)/gm)].map(([, name]) => name).sort()).toEqual([
      'json',
      'numpy',
      'pathlib',
      'sys',
    ]);
    rmSync(join(folder, 'outputs'), { recursive: true, force: true });
    execFileSync('python3', [EXAMPLE, folder]);
    const { cases: reports, totals } = await judgeVectors(folder, { name: 'numpy' });
    const inference = reports.filter(
      ({ mode, name }) => mode === 'inference' && !/empty batch| mask/.test(name),
    );
    expect(totals.unsupported).toBe(reports.length - inference.length);
    // It scales nothing and treats no constant group by itself, as a plain program does not.
    const plain = inference.filter(({ name }) => !/scale|constant|NaN and Inf|float16|epsilon 0$/.test(name));
    expect(plain.length).toBeGreaterThan(40);
    expect(plain.filter(({ grade }) => grade !== 'accurate' && grade !== 'ordinary')).toEqual([]);
  },
);

test('the generated cases are what is exported by default', () => {
  const { value: first } = exportedFiles().next();
  expect(first?.path).toBe('cases/0001.safetensors');
  expect(fromSafetensors(first!.bytes).x).toEqual(generatedCases()[0].call.x);
});
