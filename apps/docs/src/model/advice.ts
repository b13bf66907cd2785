import type { Norm } from '@normlayers/model';
import type en from '../text/en/models/model';

/** What can be done about a norm, in a few words. */
export function advice({ fold, rewrite }: Norm, words: typeof en): string {
  const parts = [];
  if (fold !== undefined) parts.push(fold.possible ? words.foldInto(fold.into ?? '') : words.notFolded(fold));
  if (rewrite !== undefined) {
    parts.push(rewrite.possible ? words.fuseTo(rewrite.to) : words.notFused(rewrite));
  }
  return parts.length === 0 ? words.asItIs : parts.join('; ');
}
