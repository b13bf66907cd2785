// What is published of the kernels' text has no comments, no indentation and few blanks: a kernel
// is read in the source. Names and operators stay.
import { parseSync } from 'oxc-parser';

const SHADERS = /\/src\/shaders\/.*\.ts$/;

/** A plugin of the bundler's, for the template strings of `src/shaders`. */
export function minifiedWgsl() {
  return {
    name: 'minified-wgsl',
    transform(code, id) {
      if (!SHADERS.test(id)) return null;
      const { program } = parseSync(id, code);
      const texts = templateTexts(program).sort((one, other) => other.start - one.start);
      let result = code;
      for (const { start, end, value } of texts) {
        // The parser counts the marks around a text to it: `\`` or `}` before, `\`` or `${` behind.
        const from = code.indexOf(value.raw, start);
        if (from + value.raw.length > end)
          throw new Error(`${id}: a template string is not where it should be`);
        result = result.slice(0, from) + minified(value.raw) + result.slice(from + value.raw.length);
      }
      return { code: result, map: null };
    },
  };
}

/** The texts of template strings, between the strings' marks and their expressions. */
function templateTexts(node) {
  if (Array.isArray(node)) return node.flatMap(templateTexts);
  if (node === null || typeof node !== 'object') return [];
  const inner = Object.values(node).flatMap(templateTexts);
  if (node.type !== 'TemplateLiteral') return inner;
  return [...inner, ...node.quasis];
}

/** Blanks beside - and > stay: `a - -b` and `array<f32> = b` would read otherwise. */
export function minified(text) {
  return text
    .replaceAll(/\/\/ [^\n]*\n/g, '\n')
    .replaceAll(/\s*\n\s*/g, '\n')
    .replaceAll(/ *([,;:{}()*/+=<&|^%]) */g, '$1')
    .replaceAll(/(?<=[;{},])\n|\n(?=[}])/g, '');
}
