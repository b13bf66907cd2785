import type { ModelTensors } from '@normlayers/model';
import type { ModelDocument, ModelEngine, ModelOrder } from './protocol';
import { bytesOfText, tensorsOfText, textOfTensors } from './tensor-text';
import { post, takeTurn, work } from './worker-messages';

type Files = Readonly<Record<string, Uint8Array>>;

work<ModelOrder>(async ({ engine, provider, document }) => {
  await takeTurn({ contender: provider, what: 'loading' });
  const response = await fetch(`/documents/${document}`);
  const { files, inputs } = (await response.json()) as ModelDocument;
  const bytes = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, bytesOfText(text)]));
  try {
    const outputs = await run(engine, bytes, tensorsOfText(inputs));
    post({ kind: 'ran', outputs: textOfTensors(outputs), reason: null });
  } catch (error) {
    post({ kind: 'ran', outputs: null, reason: error instanceof Error ? error.message : String(error) });
  }
});

/** Of a framework its own file alone is loaded. */
async function run(engine: ModelEngine, files: Files, inputs: ModelTensors): Promise<ModelTensors> {
  if (engine.framework === 'tfjs') {
    const { runTfjs } = await import('./run-tfjs');
    return runTfjs(engine.backend, files, inputs);
  }
  const { runOnnx } = await import('./run-onnx');
  return runOnnx(engine.build, files, inputs);
}
