import { generatedCases } from '@normlayers/conformance';
import { DTYPES, MODES, OPS } from '@normlayers/core/adapter';
import { expect, test } from 'vitest';
import { selectCases } from '../src/options/case-selection';
import { partOf } from '../src/options/choices';

const all = { ops: OPS, modes: MODES, dtypes: DTYPES, names: [] };
const cases = generatedCases();

test('three thirds are all cases, each once', () => {
  const thirds = ['1/3', '2/3', '3/3'].flatMap((part) => selectCases({ ...all, part: partOf(part) }, cases));
  expect(thirds.map(({ name }) => name).sort()).toEqual(cases.map(({ name }) => name).sort());
});

test('a third has every operation in every mode, in every type that has one', () => {
  const cellsOf = (some: readonly (typeof cases)[number][]) =>
    new Set(some.map(({ op, mode, dtype }) => `${op} ${mode} ${dtype}`));
  expect(cellsOf(selectCases({ ...all, part: { index: 1, of: 3 } }, cases))).toEqual(cellsOf(cases));
});

test.each(['', '3', '0/3', '4/3', '1/0', '1/3/5', 'a/b'])("a part '%s' is refused", (part) => {
  expect(() => partOf(part)).toThrow('--part');
});
