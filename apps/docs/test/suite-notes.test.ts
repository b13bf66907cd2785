import { generatedCases } from '@normlayers/conformance';
import { expect, test } from 'vitest';
import { suiteNote } from '../src/text/zh/suite-notes';

test('what each case is there for is said in Chinese', () => {
  for (const { note } of generatedCases()) {
    if (note !== undefined) expect(suiteNote(note), note).toMatch(/\p{Script=Han}/u);
  }
});
