// Vectors that lie beside the clone: turbo sees only what is inside, so their hash is given to it as a variable.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../workspace.mjs';

export const outsideVectors = join(root, '..', 'shared', 'vectors');

export function vectorsHash() {
  if (!existsSync(outsideVectors)) return 'none';
  const hash = createHash('sha256');
  for (const file of readdirSync(outsideVectors).sort())
    hash.update(readFileSync(join(outsideVectors, file)));
  return hash.digest('hex').slice(0, 16);
}
