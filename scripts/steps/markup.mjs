// What programs read in the docs app's pages: components, code, headings that links lead to. A hash of it stands for these
// pages where a test depends on nothing else in them, so that a word in the guide does not run what the guide's widgets
// compute.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownFiles, root } from '../workspace.mjs';

const docs = join(root, 'apps', 'docs');

export function markupHash() {
  const hash = createHash('sha256');
  for (const path of ownFiles(docs)
    .filter((file) => file.endsWith('.md'))
    .sort()) {
    if (path.startsWith(join(docs, 'reference')) || path.startsWith(join(docs, 'zh', 'reference'))) continue;
    hash.update(`${path.slice(docs.length)}\n${markupOf(readFileSync(path, 'utf8')).join('\n')}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** The lines that are no prose: of fenced code and formulas all, of the rest those with a tag, a heading or a directive. */
function markupOf(text) {
  let within = false;
  return text.split('\n').filter((line) => {
    const isFence = /^\s*(```|\$\$|---$)/.test(line);
    if (isFence) within = !within;
    return within || isFence || /[<>]|^\s*(#|:::)/.test(line);
  });
}
