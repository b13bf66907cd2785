import { describePage } from './browser-features';
import { orderOf, type PageMessage } from './protocol';

/** How long messages are gathered before they are sent, in ms. */
const GATHER = 100;

const order = orderOf(new URLSearchParams(location.search));
const queue: PageMessage[] = [];
let sending = false;
let done = 0;

/**
 * The worker computes, and this page speaks for it: also when the worker is busy for long, or dies. Messages go to the
 * server by plain HTTP, so that any way of opening a page in any browser will do.
 */
const worker = new Worker('/conformance-worker.js', { type: 'module' });
worker.onmessage = ({ data }: MessageEvent<PageMessage>) => report(data);
worker.onerror = (event) => {
  report({ kind: 'fault', reason: event.message || 'the worker could not be loaded' });
};

void start();

async function start(): Promise<void> {
  report({ kind: 'environment', environment: await describePage() });
  worker.postMessage(order);
}

function report(message: PageMessage): void {
  queue.push(message);
  show(message);
  if (!sending) void send();
}

async function send(): Promise<void> {
  sending = true;
  try {
    while (queue.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, GATHER));
      const response = await fetch(`/messages/${order.run}`, {
        method: 'POST',
        body: JSON.stringify(queue.splice(0)),
      });
      if (!response.ok) return stop('This run is over; you may close the page.');
    }
    sending = false;
  } catch {
    stop('The command that opened this page is gone; you may close it.');
  }
}

/** Leaves `sending` set: nothing more is sent. */
function stop(sentence: string): void {
  worker.terminate();
  say(sentence);
}

function show(message: PageMessage): void {
  switch (message.kind) {
    case 'loading':
      say(`Loading ${message.what} ...`);
      break;
    case 'unavailable':
      say(`Not available: ${message.reason}.`);
      break;
    case 'cases':
      done += message.reports.length;
      say(`${done} of ${message.total} cases.`);
      break;
    case 'finished':
      say(`Done: ${done} cases.`);
      break;
    case 'fault':
      say(`Stopped: ${message.reason}.`);
  }
}

function say(text: string): void {
  const line = document.querySelector('p');
  if (line !== null) line.textContent = `${order.adapter}: ${text}`;
}
