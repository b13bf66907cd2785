import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readmePictures } from '../src/readme/all-pictures';

const text = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const english = text('../../../README.md');
const chinese = text('../../../README.zh-CN.md');

/** What stands in code, comments aside: they are in the README's language. */
function codeOf(readme: string): string[] {
  const fenced = [...readme.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map(([, code]) => code);
  const indented = readme
    .replaceAll(/^```[\s\S]*?^```/gm, '')
    .split('\n')
    .filter((line) => line.startsWith('    '));
  const inline = [...readme.matchAll(/`(npm [^`]*)`/g)].map(([, code]) => code);
  return [...inline, ...fenced.flatMap((code) => code.split('\n')), ...indented]
    .map((line) => line.replace(/\s*(#|\/\/) .*/, '').trim())
    .filter((line) => line !== '');
}

/** The figures in tables and prose, code and addresses aside. */
function figuresOf(readme: string): string[] {
  const prose = readme
    .replaceAll(/^```[\s\S]*?^```/gm, '')
    .replaceAll(/^ {4}.*$/gm, '')
    .replaceAll(/`[^`]*`|\]\([^)]*\)|<[^>]*>/g, '');
  return (prose.match(/\d[\d.,]*\d|\d/g) ?? []).sort();
}

test('the Chinese README has the commands of the English one, all and in order', () => {
  expect(codeOf(english).length).toBeGreaterThan(5);
  expect(codeOf(chinese)).toEqual(codeOf(english));
});

test('the Chinese README has the figures of the English one', () => {
  expect(figuresOf(chinese)).toEqual(figuresOf(english));
});

test('each README leads to the other, and to the same places', () => {
  expect(english).toContain('README.zh-CN.md');
  expect(chinese).toContain('README.md');
  const links = (readme: string) =>
    [...readme.matchAll(/\]\(([^)#]*)/g)]
      .map(([, link]) => link)
      .filter((link) => !link.startsWith('README'));
  expect(links(chinese).sort()).toEqual(links(english).sort());
});

test('the pictures are those of what was recorded', () => {
  const read = (name: string) => JSON.parse(text(`../public/recorded/${name}.json`)) as unknown;
  for (const [name, svg] of readmePictures(read)) {
    expect(text(`../pictures/${name}.svg`), name).toBe(svg);
    expect(english).toContain(`apps/docs/pictures/${name}.svg`);
    expect(chinese).toContain(`apps/docs/pictures/${name}.svg`);
  }
});
