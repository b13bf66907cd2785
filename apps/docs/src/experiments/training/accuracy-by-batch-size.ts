import type { Emit } from '../experiment';
import { DenseNetwork } from '../networks/dense-network';
import { type NormName, openFramework } from '../networks/norm-layer';
import { clusters } from './clusters';
import { Random } from './random';

const SIZES = [2, 4, 8, 32] as const;
/** Each batch size sees as many, at a learning rate in proportion to it, as in the paper's figure (Wu and He 2018, figure 1). */
const SAMPLES = 2560;
const RATE_OF_ONE = 0.2 / 32;

/** The same network, trained with each normalization at each batch size on centred data. @returns the accuracy by size. */
export async function accuracyByBatchSize<Name extends NormName>(
  norms: readonly Name[],
  seed: number,
  emit: Emit,
): Promise<(norm: Name, size: (typeof SIZES)[number]) => number> {
  const framework = await openFramework();
  const reached = new Map<string, number>();
  for (const size of SIZES) {
    for (const norm of norms) {
      const random = new Random(seed);
      const draw = clusters(random, 0);
      const test = draw(600);
      const learningRate = RATE_OF_ONE * size;
      const network = new DenseNetwork(framework, random, { norm, hidden: [32, 32], learningRate });
      for (let step = 0; step < SAMPLES / size; step++) network.step(draw(size));
      const accuracy = network.accuracy(test);
      reached.set(`${norm} ${size}`, accuracy);
      emit(norm, size, accuracy);
      network.dispose();
    }
  }
  return (norm, size) => reached.get(`${norm} ${size}`)!;
}
