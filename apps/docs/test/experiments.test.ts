import { expect, test } from 'vitest';
import { EXPERIMENTS, type ExperimentName } from '../src/experiments/all-experiments';

/** What the text says of each row: that it holds, or that it varies from seed to seed. */
const VARIES: readonly ExperimentName[] = ['generalization', 'sequences', 'cost'];
const SEEDS = [2, 3];

for (const name of Object.keys(EXPERIMENTS) as ExperimentName[]) {
  for (const seed of SEEDS) {
    test(`${name} with seed ${seed} goes the way its row claims`, async () => {
      const { series, run } = EXPERIMENTS[name];
      const seen = new Set<string>();
      const { verdict, figures } = await run(seed, (line, x, y) => {
        seen.add(line);
        expect(Number.isFinite(x) && Number.isFinite(y)).toBe(true);
      });
      expect([...seen].sort()).toEqual([...series].sort());
      if (VARIES.includes(name)) expect(verdict).not.toBe('contradicts');
      else expect(verdict, JSON.stringify(figures)).toBe('supports');
    });
  }
}

test('the same seed gives the same run', async () => {
  const [first, second] = await Promise.all([
    EXPERIMENTS.online.run(5, () => {}),
    EXPERIMENTS.online.run(5, () => {}),
  ]);
  expect(first).toEqual(second);
});
