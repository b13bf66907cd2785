import { loadOrt } from '@normlayers/browsers/page';
import type { ModelDocument, ModelOrder } from './protocol';
import { bytesOfText, tensorsOfText, textOfTensors } from './tensor-text';
import { post, takeTurn, work } from './worker-messages';

work<ModelOrder>(async ({ build, provider, document }) => {
  await takeTurn({ contender: provider, what: 'loading' });
  const response = await fetch(`/documents/${document}`);
  const { model, inputs } = (await response.json()) as ModelDocument;
  try {
    const ort = await loadOrt(build);
    const session = await ort.InferenceSession.create(bytesOfText(model), { executionProviders: ['webgpu'] });
    const feeds = Object.entries(tensorsOfText(inputs)).map(([name, { type, data, dims }]) => [
      name,
      new ort.Tensor(type as 'float32', data as Float32Array, dims),
    ]);
    const outputs = await session.run(Object.fromEntries(feeds));
    post({ kind: 'ran', outputs: textOfTensors(outputs as never), reason: null });
  } catch (error) {
    post({ kind: 'ran', outputs: null, reason: error instanceof Error ? error.message : String(error) });
  }
});
