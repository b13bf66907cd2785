import { describePage } from './describe-page';
import { HEARD, type PageEnvironment, type PageMessage, type PageOrder, type Turn } from './protocol';

/** How long cases are gathered before they are sent, in ms: there are thousands. */
const GATHER = 100;
/** How often it is looked whether it is another contender's turn, in ms. */
const LOOK = 1000;

const run = new URLSearchParams(location.search).get('run') ?? '';
const queue: { readonly message: PageMessage; readonly sent: () => void }[] = [];
let sending = false;
let done = 0;
let worker: Worker | undefined;

void start();

async function start(): Promise<void> {
  let environment: PageEnvironment | undefined;
  for (;;) {
    const response = await fetch(`/orders/${run}`);
    if (response.status === 204) return report({ kind: 'finished' });
    if (!response.ok) return stop('This run is over; you may close the page.');
    const order = (await response.json()) as PageOrder;
    document.title = `normlayers ${order.kind}`;
    worker ??= startWorker(order);
    if (environment === undefined) {
      environment = await describePage();
      report({ kind: 'environment', environment });
    }
    await carryOut(order, worker);
  }
}

/** It loads while the page describes itself. */
function startWorker({ kind }: PageOrder): Worker {
  const started = new Worker(`/${kind}-worker.js`, { type: 'module' });
  started.onerror = (event) =>
    void report({ kind: 'fault', reason: event.message || 'the worker could not be loaded' });
  return started;
}

/**
 * The worker computes, and this page speaks for it: also when the worker is busy for long, or dies. Messages go to the
 * server by plain HTTP, so that any way of opening a page in any browser will do.
 */
function carryOut(order: PageOrder, started: Worker): Promise<void> {
  return new Promise((resolve) => {
    let turn: Turn | null = null;
    let told: Turn | null = null;
    done = 0;
    const watch = setInterval(() => {
      if (turn === null || (turn.contender === told?.contender && turn.what === told.what)) return;
      told = turn;
      void report({ kind: 'turn', turn });
    }, LOOK);
    started.onmessage = async ({ data }: MessageEvent<PageMessage>) => {
      if (data.kind === 'timed') turn = told = null;
      if (data.kind === 'done') clearInterval(watch);
      if (data.kind !== 'turn') {
        await report(data);
        if (data.kind === 'done') resolve();
        return;
      }
      turn = data.turn;
      // Turns of samples last milliseconds, and are not worth a request; the others wait until it is known whose they are.
      if (turn.what === 'timing') return;
      told = turn;
      await report(data);
      started.postMessage(HEARD);
    };
    started.postMessage(order);
  });
}

/** Done when the server has heard it. */
function report(message: PageMessage): Promise<void> {
  show(message);
  return new Promise((sent) => {
    queue.push({ message, sent });
    if (!sending) void send();
  });
}

async function send(): Promise<void> {
  sending = true;
  try {
    while (queue.length > 0) {
      if (queue.every(({ message }) => message.kind === 'cases')) {
        await new Promise((resolve) => setTimeout(resolve, GATHER));
      }
      const batch = queue.splice(0);
      const response = await fetch(`/messages/${run}`, {
        method: 'POST',
        body: JSON.stringify(batch.map(({ message }) => message)),
      });
      if (!response.ok) return stop('This run is over; you may close the page.');
      for (const { sent } of batch) sent();
    }
    sending = false;
  } catch {
    stop('The command that opened this page is gone; you may close it.');
  }
}

/** Leaves `sending` set: nothing more is sent. */
function stop(sentence: string): void {
  worker?.terminate();
  say(sentence);
}

function show(message: PageMessage): void {
  if (message.kind === 'cases') done += message.reports.length;
  const line = lineOf(message);
  if (line !== null) say(line);
}

function lineOf(message: PageMessage): string | null {
  switch (message.kind) {
    case 'turn':
      return message.turn.what === 'loading' ? `Loading ${message.turn.contender} ...` : null;
    case 'unavailable':
      return `${message.adapter} is not available: ${message.reason}.`;
    case 'cases':
      return `${done} of ${message.total} cases.`;
    case 'stage':
      return message.text;
    case 'finished':
      return 'Done.';
    case 'fault':
      return `Stopped: ${message.reason}.`;
    default:
      return null;
  }
}

function say(text: string): void {
  const line = document.querySelector('p');
  if (line !== null) line.textContent = text;
}
