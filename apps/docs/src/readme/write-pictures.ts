// pnpm run pictures: the README's pictures, light and dark, out of what was recorded.
import { readFileSync, writeFileSync } from 'node:fs';
import { readmePictures } from './all-pictures';

const read = (name: string) => JSON.parse(readFileSync(`public/recorded/${name}.json`, 'utf8'));
for (const [name, svg] of readmePictures(read)) writeFileSync(`pictures/${name}.svg`, svg);
