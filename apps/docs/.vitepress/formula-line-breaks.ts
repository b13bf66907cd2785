import type { MarkdownRenderer } from 'vitepress';

type Rule = NonNullable<MarkdownRenderer['renderer']['rules'][string]>;

const OPENING = /[(（[“]$/;
const CLOSING = /^[.,;:!?)\]，。、；：！？）”]/;
/** No line may break here: CSS Text 3, 5.1, of a box in a line beside a character of class WJ. */
const JOINER = '\u2060';

/** A formula is a box, and lines may break beside a box: its brackets and the mark after it are to stay with it. */
export function withItsMarks(formula: Rule): Rule {
  return (tokens, index, ...rest) => {
    const before = OPENING.test(tokens[index - 1]?.content ?? '') ? JOINER : '';
    const after = CLOSING.test(tokens[index + 1]?.content ?? '') ? JOINER : '';
    return `${before}${formula(tokens, index, ...rest)}${after}`;
  };
}
