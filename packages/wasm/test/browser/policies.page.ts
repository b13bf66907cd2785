import { NormError, tensor } from '@normlayers/core';
import { answer } from '@normlayers/testing/page';
import { createNorm, threadsUnavailable, type WasmOptions } from '@normlayers/wasm';

/** Puts a policy on the page, whose scripts have loaded. */
function addPolicy(content: string): void {
  const meta = document.createElement('meta');
  meta.httpEquiv = 'Content-Security-Policy';
  meta.content = content;
  document.head.append(meta);
}

async function outcomeOf(options: WasmOptions) {
  try {
    const norm = await createNorm(options);
    const { y } = norm.rmsNorm({ x: tensor([3, 3], [1, 2]), epsilon: 0 });
    const { threads } = norm;
    norm.dispose();
    return { threads, y: [...y.data] };
  } catch (error) {
    const { code, message } = error as NormError;
    return { isNormError: error instanceof NormError, code, message };
  }
}

void answer({
  async under(policy: string | null, options: WasmOptions) {
    const before = threadsUnavailable();
    if (policy !== null) addPolicy(policy);
    const outcome = await outcomeOf(options);
    return { before, outcome, after: threadsUnavailable() };
  },
});
