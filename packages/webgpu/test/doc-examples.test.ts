import examples from 'virtual:doc-examples';
import { expect, test } from 'vitest';

test('there are examples', () => expect(Object.keys(examples).length).toBeGreaterThan(1));

for (const [name, run] of Object.entries(examples)) test(`example ${name}`, async () => void (await run()));
