import { expect, test } from 'vitest';
import { EXPERIMENTS, type ExperimentName } from '../src/experiments/all-experiments';
import { costVerdict } from '../src/experiments/trials/cost';

/** What the text says of each row: that it holds, or that it varies from seed to seed. */
const VARIES: readonly ExperimentName[] = ['generalization', 'sequences'];
const SEEDS = [2, 3];

/** Runs an experiment and looks at every point of its plot. */
async function outcomeOf(name: ExperimentName, seed: number) {
  const { series, run } = EXPERIMENTS[name];
  const seen = new Set<string>();
  const outcome = await run(seed, (line, x, y) => {
    seen.add(line);
    expect(Number.isFinite(x) && Number.isFinite(y)).toBe(true);
  });
  expect([...seen].sort()).toEqual([...series].sort());
  return outcome;
}

// What depends on nothing but its seed. The cost depends on what else this machine does: its verdict is tested on given times.
for (const name of (Object.keys(EXPERIMENTS) as ExperimentName[]).filter((own) => own !== 'cost')) {
  for (const seed of SEEDS) {
    test(`${name} with seed ${seed} goes the way its row claims`, async () => {
      const { verdict, figures } = await outcomeOf(name, seed);
      if (VARIES.includes(name)) expect(verdict).not.toBe('contradicts');
      else expect(verdict, JSON.stringify(figures)).toBe('supports');
    });
  }
}

test('the cost ends with a verdict, and times of more than nothing', async () => {
  const { verdict, figures } = await outcomeOf('cost', 2);
  expect(['supports', 'contradicts', 'unclear']).toContain(verdict);
  for (const median of Object.values(figures)) expect(median).toBeGreaterThan(0);
});

test.each([
  ['one multiplication and one addition at half the time', () => 0.5, 'supports'],
  ['the other way round', () => 2, 'contradicts'],
  ['within noise', (round: number) => (round % 2 === 0 ? 0.95 : 1.05), 'unclear'],
  ['half the time, each fifth round disturbed', (round: number) => (round % 5 === 0 ? 20 : 0.5), 'supports'],
  [
    'twice the time, each fifth round disturbed',
    (round: number) => (round % 5 === 0 ? 0.1 : 2),
    'contradicts',
  ],
  ['every other round disturbed', (round: number) => (round % 2 === 0 ? 20 : 0.5), 'unclear'],
] as const)('the verdict on cost: %s', (_, ratioOf, verdict) => {
  // Layer Norm's own times grow tenfold, as on a machine that is given other work: rounds are compared with themselves.
  const layerNorm = Array.from({ length: 40 }, (_, round) => 1 + round / 4);
  const batchInference = layerNorm.map((time, round) => time * ratioOf(round));
  expect(costVerdict({ batchInference, batchTraining: [], layerNorm })).toBe(verdict);
});

test('the same seed gives the same run', async () => {
  const [first, second] = await Promise.all([
    EXPERIMENTS.online.run(5, () => {}),
    EXPERIMENTS.online.run(5, () => {}),
  ]);
  expect(first).toEqual(second);
});
