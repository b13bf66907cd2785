import { answer, loadTfjs } from '@normlayers/testing/page';
import type * as tfjs from '@tensorflow/tfjs';
import { useFastNormalization } from '../../src/index';
import { type FastTime, fastTimes } from './fast-times';

void answer({
  async times(backend: string, rounds: number): Promise<readonly FastTime[]> {
    const tf: typeof tfjs = await loadTfjs(backend);
    return fastTimes(tf, rounds, () => useFastNormalization(tf));
  },
});
