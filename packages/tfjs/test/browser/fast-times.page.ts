import { answer, loadTfjs } from '@normlayers/testing/page';
import { createNorm, useFastNormalization } from '../../src/index';
import { replaceNormalizations } from '../../src/layers/fast-normalization';
import { type FastTime, fastTimes } from './fast-times';

void answer({
  /** @param everything whether all that can be is taken over, not only what the table says. */
  async times(backend: string, rounds: number, everything: boolean): Promise<readonly FastTime[]> {
    const tf = await loadTfjs(backend);
    await createNorm({ tf }).ready();
    return fastTimes(tf, rounds, async () => {
      return everything ? { undo: replaceNormalizations(tf, () => true) } : useFastNormalization(tf);
    });
  },
});
