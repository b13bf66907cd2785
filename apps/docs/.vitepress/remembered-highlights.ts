import type { MarkdownRenderer } from 'vitepress';

/** What stood in a page before need not be coloured again: the Chinese pages have the English ones' examples. */
export function rememberHighlights(md: MarkdownRenderer) {
  const { highlight } = md.options;
  if (!highlight) return;
  const known = new Map<string, string>();
  md.options.highlight = (code, language, attributes) => {
    const key = JSON.stringify([code, language, attributes]);
    const html = known.get(key) ?? highlight(code, language, attributes);
    known.set(key, html);
    return html;
  };
}
