// Serves the built site: node serve.mjs [--port N]. Prints the address. The two headers isolate the pages from other
// origins, which is what a browser asks for before it gives WebAssembly threads.
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sirv from 'sirv';

const dist = fileURLToPath(new URL('.vitepress/dist', import.meta.url));

/** Serves `dist` on localhost; port 0 takes any that is free. */
export function serve({ port = 0, isolated = true } = {}) {
  const files = sirv(dist, {
    etag: true,
    setHeaders(response) {
      if (!isolated) return;
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    },
  });
  const server = createServer((request, response) => {
    files(request, response, () => {
      response.statusCode = 404;
      response.end('Not found');
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      resolve({ server, address: `http://localhost:${server.address().port}/` });
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '4173' } } });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    console.error(`--port is ${values.port}; expected a whole number from 0 to 65535.`);
    process.exit(2);
  }
  if (!existsSync(dist)) {
    console.error('There is no built site yet: run the script build:site first.');
    process.exit(3);
  }
  try {
    const { address } = await serve({ port });
    console.log(`The docs are at ${address} (stop with Ctrl+C)`);
  } catch (error) {
    console.error(error.code === 'EADDRINUSE' ? `Port ${port} is taken; give another with --port.` : error);
    process.exit(3);
  }
}
