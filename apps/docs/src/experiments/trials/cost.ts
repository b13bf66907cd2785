import { tensor } from '@normlayers/core';
import type { ResidentTensor } from '@normlayers/wasm';
import type { Experiment, Verdict } from '../experiment';
import { Random } from '../training/random';

const ROWS = 1024;
const FEATURES = 768;
const ROUNDS = 40;
/** Times that are no further apart, as a share, are alike: two runs of one kernel differ by as much. */
const NOISE = 0.1;
/** The share of rounds that must agree on who is cheaper. Rounds that other work on the device disturbs are fewer. */
const AGREEING = 0.75;

type Times = Readonly<Record<'batchInference' | 'batchTraining' | 'layerNorm', readonly number[]>>;

/** What both cost on this device, by the WebAssembly kernels, in rounds that take turns. */
export const cost: Experiment = {
  series: ['batchInference', 'batchTraining', 'layerNorm'],
  async run(seed, emit) {
    const { createNorm } = await import('@normlayers/wasm');
    const norm = await createNorm();
    const random = new Random(seed);
    const x = norm.upload(tensor(random.normals(ROWS * FEATURES), [ROWS, FEATURES]));
    const mean = norm.upload(tensor(new Float32Array(FEATURES)));
    const variance = norm.upload(tensor(new Float32Array(FEATURES).fill(1)));
    const calls = {
      batchInference: () => norm.runResident({ op: 'batchNorm', mode: 'inference', x, mean, variance }),
      batchTraining: () => norm.runResident({ op: 'batchNorm', mode: 'training', x }),
      layerNorm: () => norm.runResident({ op: 'layerNorm', mode: 'inference', x }),
    };
    const times = {
      batchInference: [] as number[],
      batchTraining: [] as number[],
      layerNorm: [] as number[],
    };
    // The first rounds compile: they are not counted.
    for (let round = -3; round <= ROUNDS; round++) {
      for (const name of ['batchInference', 'batchTraining', 'layerNorm'] as const) {
        const start = performance.now();
        const repeats = 4;
        for (let i = 0; i < repeats; i++) release(calls[name]());
        const time = (performance.now() - start) / repeats;
        if (round < 1) continue;
        times[name].push(time);
        emit(name, round, time);
      }
    }
    norm.dispose();
    const figures = {
      batchInference: median(times.batchInference),
      batchTraining: median(times.batchTraining),
      layerNorm: median(times.layerNorm),
    };
    return { verdict: costVerdict(times), figures };
  },
};

/**
 * Whether Batch Norm in inference is cheaper than Layer Norm. Each round compares its own two times, which were taken one right
 * after the other; three quarters of the rounds must find the same one cheaper, and by more than noise.
 *
 * @param times ms of one call, by round.
 */
export function costVerdict({ batchInference, layerNorm }: Times): Verdict {
  const ratios = batchInference.map((time, round) => time / layerNorm[round]);
  const share = (agrees: (ratio: number) => boolean) => ratios.filter(agrees).length / ratios.length;
  if (share((ratio) => ratio < 1 - NOISE) >= AGREEING) return 'supports';
  return share((ratio) => ratio > 1 + NOISE) >= AGREEING ? 'contradicts' : 'unclear';
}

function release(results: object): void {
  for (const tensor of Object.values(results)) (tensor as ResidentTensor).dispose();
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
