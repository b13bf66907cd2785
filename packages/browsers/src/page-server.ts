import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import sirv from 'sirv';
import { BrowserError } from './browser-error';
import { installedAt } from './installed-packages';

export interface PageServerOptions {
  /** Default: one that is free. */
  readonly port?: number | undefined;
  /** The address to listen on. Default: 127.0.0.1, which no other machine reaches. */
  readonly listen?: string | undefined;
  /** JSON texts by name, served as `/documents/<name>`. */
  readonly documents?: Readonly<Record<string, string>> | undefined;
  /** The folder of the page's own files. */
  readonly pageFolder: string;
}

export interface PageServer {
  readonly port: number;
  /**
   * Subscribes to what the page of a run reports, and gives that page the next order each time it asks, null where nothing
   * is left. Messages and orders are JSON, and the page's and the listener's own business. The function given back ends
   * the run: its page is told to stop.
   */
  subscribe(run: string, listener: Listener, nextOrder: () => unknown): () => void;
  close(): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: whoever subscribes knows what its page sends.
type Listener = (messages: readonly any[]) => void;

/** What makes a page cross-origin isolated (HTML, section 7.1.4): shared memory, and timers of 5 microseconds. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * Serves the page, the frameworks where they are installed, and documents.
 *
 * @throws BrowserError `environment` where the port is taken.
 */
export async function servePage(options: PageServerOptions): Promise<PageServer> {
  const { port = 0, listen = '127.0.0.1', documents = {}, pageFolder } = options;
  const runs = new Map<string, { readonly listener: Listener; readonly nextOrder: () => unknown }>();
  const folders = [...frameworkFolders(), { at: '/', folder: pageFolder }].map(({ at, folder }) => ({
    at,
    // `dev`: looks for a file when it is asked for, instead of listing thousands at the start.
    serve: sirv(folder, { dev: true, setHeaders: isolate }),
  }));

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://page');
    const [, first, second = ''] = pathname.split('/');
    if (first === 'messages') return void receive(request, response, runs.get(second)?.listener);
    if (first === 'orders') return sendOrder(response, runs.get(second)?.nextOrder);
    if (first === 'documents') return sendDocument(response, documents, second);
    const found = folders.find(({ at }) => pathname.startsWith(at));
    if (found === undefined) return answer(response, 404);
    request.url = pathname.slice(found.at.length - 1);
    found.serve(request, response, () => answer(response, 404));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(refusal(error, port)));
    server.listen(port, listen, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    subscribe(run, listener, nextOrder) {
      runs.set(run, { listener, nextOrder });
      return () => void runs.delete(run);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Of the frameworks that are installed. */
function frameworkFolders(): { at: string; folder: string }[] {
  const files = {
    'onnxruntime-web': 'onnxruntime-web/ort-wasm-simd-threaded.wasm',
    tfjs: '@tensorflow/tfjs/dist/version.js',
    'tfjs-backend-wasm': '@tensorflow/tfjs-backend-wasm/dist/version.js',
    'tfjs-backend-webgpu': '@tensorflow/tfjs-backend-webgpu/dist/version.js',
  };
  return Object.entries(files).flatMap(([name, file]) => {
    const path = installedAt(file);
    return path === null ? [] : [{ at: `/frameworks/${name}/`, folder: dirname(path) }];
  });
}

function refusal(error: NodeJS.ErrnoException, port: number): BrowserError {
  if (error.code === 'EADDRINUSE') {
    return new BrowserError(
      'environment',
      `port ${port} is in use; give another --port, or leave it out for one that is free.`,
    );
  }
  return new BrowserError('environment', `the page cannot be served on port ${port}: ${error.message}.`);
}

function isolate(response: ServerResponse): void {
  for (const [name, value] of Object.entries(ISOLATION)) response.setHeader(name, value);
}

function answer(response: ServerResponse, status: number, body = '', type = 'text/plain'): void {
  isolate(response);
  response.writeHead(status, { 'Content-Type': type }).end(body);
}

function sendDocument(
  response: ServerResponse,
  documents: Readonly<Record<string, string>>,
  name: string,
): void {
  if (Object.hasOwn(documents, name)) answer(response, 200, documents[name], 'application/json');
  else answer(response, 404);
}

/** 410 where the run is over, 204 where nothing is left of it. */
function sendOrder(response: ServerResponse, nextOrder: (() => unknown) | undefined): void {
  const order = nextOrder?.();
  if (order === undefined) answer(response, 410);
  else if (order === null) answer(response, 204);
  else answer(response, 200, JSON.stringify(order), 'application/json');
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  listener: Listener | undefined,
): Promise<void> {
  if (request.method !== 'POST' || listener === undefined) return answer(response, 410);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
    listener(JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown[]);
    answer(response, 204);
  } catch {
    // A page that was closed while it was sending, or what no page of ours sends.
    answer(response, 400);
  }
}
