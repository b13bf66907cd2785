import { answer, loadTfjs } from '@normlayers/testing/page';
import type { io, Tensor } from '@tensorflow/tfjs';

/** A layers model on its way into a page. */
export interface ModelText {
  readonly artifacts: io.ModelArtifacts;
  /** In base 64. */
  readonly weights: string;
}

export interface GpuTimes {
  /** Medians, in ms. */
  readonly asIs: number;
  readonly mended: number;
  /** Between the outputs of the two. */
  readonly largestDifference: number;
}

const SIDES = ['asIs', 'mended'] as const;

void answer({
  /** The two take turns, warm; a prediction is done when it can be read. */
  async times(
    backend: string,
    rounds: number,
    models: Readonly<Record<(typeof SIDES)[number], ModelText>>,
    shape: readonly number[],
  ): Promise<GpuTimes> {
    const tf = await loadTfjs(backend);
    const load = ({ artifacts, weights }: ModelText) => {
      const weightData = Uint8Array.from(atob(weights), (letter) => letter.charCodeAt(0)).buffer;
      return tf.loadLayersModel({ load: async () => ({ ...artifacts, weightData }) });
    };
    const loaded = { asIs: await load(models.asIs), mended: await load(models.mended) };
    const x = tf.randomUniform([...shape], -1, 1, 'float32', 1);
    const taken: Record<(typeof SIDES)[number], number[]> = { asIs: [], mended: [] };
    const outputs: Record<string, ArrayLike<number>> = {};
    for (let round = -2; round < rounds; round++) {
      for (const side of SIDES) {
        const start = performance.now();
        const y = loaded[side].predict(x) as Tensor;
        outputs[side] = await y.data();
        y.dispose();
        if (round >= 0) taken[side].push(performance.now() - start);
      }
    }
    const { asIs = [], mended = [] } = outputs;
    const differences = Array.from(asIs, (value, i) => Math.abs(value - (mended[i] ?? Number.NaN)));
    return {
      asIs: median(taken.asIs),
      mended: median(taken.mended),
      largestDifference: Math.max(...differences),
    };
  },
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
