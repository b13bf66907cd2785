import type { BrowserDriver } from '@normlayers/browsers';
import { NormError } from '@normlayers/core';
import type { ModelTensors, RunModel } from '@normlayers/model';
import { type PageWork, runInPages } from '../../../browsers/page-run';
import { type BrowserGroup, withBrowser } from '../../../browsers/session';
import { CommandError } from '../../../command-error';
import type { BrowserFlags, Runtime } from '../../../options/runtime';
import type { Progress } from '../../../output/progress';
import type {
  ModelDocument,
  ModelEngine,
  ModelOrder,
  PageEnvironment,
  PageMessage,
} from '../../../page/protocol';
import { tensorsOfText, textOfBytes, textOfTensors } from '../../../page/tensor-text';

/** Who runs the models of a format in a page. */
export interface PageEngines<M> {
  /** By the provider's name in a report. */
  readonly engines: Readonly<Record<string, ModelEngine>>;
  filesOf(model: M): Readonly<Record<string, Uint8Array>>;
}

/**
 * Gives who runs models in a runtime: this process, and in Chromium a page's engines beside it.
 *
 * @throws CommandError `usage` where nobody does.
 */
export async function withProvidersIn<M, T>(
  runtime: Runtime,
  { own, page }: { readonly own: Record<string, RunModel<M>>; readonly page: () => PageEngines<M> },
  flags: BrowserFlags,
  progress: Progress,
  use: (providers: Record<string, RunModel<M>>) => Promise<T>,
): Promise<T> {
  if (runtime === 'node') return use(own);
  if (runtime === 'chromium') {
    return withEnginesInChromium(page(), flags, progress, (engines) => use({ ...own, ...engines }));
  }
  throw new CommandError('usage', `--runtime ${runtime}: a model is checked in node or chromium.`);
}

/**
 * Runs models in a Chromium for as long as `use` takes; each run has a page of its own. A Chromium that ends costs the run
 * that was under way, which another does again, and is told of.
 */
async function withEnginesInChromium<M, T>(
  { engines, filesOf }: PageEngines<M>,
  flags: BrowserFlags,
  progress: Progress,
  use: (providers: Record<string, RunModel<M>>) => Promise<T>,
): Promise<T> {
  progress.show('starting chromium');
  const documents: Record<string, string> = {};
  return withBrowser({ ...flags, runtime: 'chromium', pieces: 1, documents }, async (session) => {
    const { groups, server, address, signal } = session;
    let [[driver]] = groups as readonly [BrowserGroup];
    const another = async (lost: BrowserDriver) => {
      driver = await session.another(lost);
      return driver;
    };
    let count = 0;
    const runner =
      (provider: string, engine: ModelEngine): RunModel<M> =>
      async (model, inputs) => {
        const document = `model-${count++}`;
        const files = Object.entries(filesOf(model)).map(([name, bytes]) => [name, textOfBytes(bytes)]);
        const content: ModelDocument = { files: Object.fromEntries(files), inputs: textOfTensors(inputs) };
        documents[document] = JSON.stringify(content);
        try {
          const run = new ModelRun({ kind: 'model', provider, engine, document });
          await runInPages({ driver, server, address, signal, another }, run);
          return run.outputs();
        } finally {
          delete documents[document];
        }
      };
    const providers = Object.entries(engines).map(([name, engine]) => [name, runner(name, engine)]);
    return use(Object.fromEntries(providers));
  });
}

/** One run of a model in a page. */
class ModelRun implements PageWork {
  readonly #order: ModelOrder;
  #ordered = false;
  #ran: Extract<PageMessage, { kind: 'ran' }> | null = null;
  #environment: PageEnvironment | null = null;
  #fault: string | null = null;

  constructor(order: ModelOrder) {
    this.#order = order;
  }

  /** @throws NormError `backend` where it did not run. */
  outputs(): ModelTensors {
    if (this.#ran?.outputs != null) return tensorsOfText(this.#ran.outputs);
    const { engine } = this.#order;
    const needsWebgpu = engine.framework === 'onnxruntime-web' || engine.backend === 'webgpu';
    const reason =
      needsWebgpu && this.#environment?.webgpu === null
        ? 'this browser has no WebGPU'
        : (this.#ran?.reason ?? this.#fault);
    throw new NormError('backend', `${reason}.`, { argument: this.#order.provider });
  }

  begin(): boolean {
    this.#ordered = false;
    return this.#ran === null && this.#fault === null;
  }

  next(): ModelOrder | null {
    if (this.#ordered) return null;
    this.#ordered = true;
    return this.#order;
  }

  howFar(): string {
    return `while ${this.#order.provider} ran the model`;
  }

  take(message: PageMessage): void {
    if (message.kind === 'environment') this.#environment = message.environment;
    if (message.kind === 'ran') this.#ran = message;
  }

  charge(fault: string): void {
    this.#fault = fault;
  }

  beginAgain(what: string): void {
    console.log(`${what} Another did that again.`);
    this.#ordered = false;
  }
}
