import type { MarkdownRenderer } from 'vitepress';

type Softbreak = NonNullable<MarkdownRenderer['renderer']['rules']['softbreak']>;

const FULL_WIDTH = /[\p{Script=Han}\u3000-\u303F\uFF00-\uFFEF“”]/u;

/** A line break in the source between two Chinese characters is not a space on the page. */
export const softbreak: Softbreak = (tokens, index) => {
  const before = tokens.slice(0, index).findLast(({ content }) => content !== '')?.content ?? '';
  const after = tokens.slice(index + 1).find(({ content }) => content !== '')?.content ?? '';
  return FULL_WIDTH.test(before.at(-1) ?? '') && FULL_WIDTH.test(after.at(0) ?? '') ? '' : '\n';
};
