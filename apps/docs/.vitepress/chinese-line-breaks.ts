import type { MarkdownRenderer } from 'vitepress';

type Softbreak = NonNullable<MarkdownRenderer['renderer']['rules']['softbreak']>;

const FULL_WIDTH = /[\p{Script=Han}\u3000-\u303F\uFF00-\uFFEF“”]/u;

/** Punctuation that is as wide as a character has its own room. */
const WIDE_MARK = /[\u3000-\u303F\uFF00-\uFFEF]/u;

/** A line break in the source between two Chinese characters, or beside their punctuation, is not a space on the page. */
export const softbreak: Softbreak = (tokens, index) => {
  const before = tokens.slice(0, index).findLast(({ content }) => content !== '')?.content ?? '';
  const after = tokens.slice(index + 1).find(({ content }) => content !== '')?.content ?? '';
  const [last, first] = [before.at(-1) ?? '', after.at(0) ?? ''];
  const between = FULL_WIDTH.test(last) && FULL_WIDTH.test(first);
  return between || WIDE_MARK.test(last) || WIDE_MARK.test(first) ? '' : '\n';
};
