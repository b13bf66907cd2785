import { test } from 'vitest';
import { OnnxBuilder } from '/work/trees/model/packages/model/test/onnx-builder';
import { ort, run } from '/work/trees/model/packages/model/test/runtime';
import { inspectOnnx, mendOnnx } from '/work/trees/model/packages/model/src/index';
test('try', async () => {
  for (const opset of [11, 13, 17, 18, 21, 23]) {
  const b = new OnnxBuilder();
  b.input('x', 'float32', ['n', 8]);
  const axes = opset >= 18 ? b.constant([-1], [1], 'int64') : null;
  const mean = (v: string) => axes ? b.node('ReduceMean', [v, axes], {}) : b.node('ReduceMean', [v], { axes: [-1] });
  const c = b.node('Sub', ['x', mean('x')]);
  const v = mean(b.node('Pow', [c, b.constant(2)]));
  const q = b.node('Div', [c, b.node('Sqrt', [b.node('Add', [v, b.constant(1e-5)])])]);
  const g = b.node('Mul', [q, b.constant([1,2,3,4,5,6,7,8])]);
  const y = b.node('Add', [g, b.constant([1,2,3,4,5,6,7,8])]);
  b.output(y);
  const m = b.model(opset, {irVersion: 8n});
  const found = inspectOnnx(m);
  if (opset === 11) console.log(JSON.stringify(found, null, 1));
  const x = new ort.Tensor('float32', Float32Array.from({length:16}, (_, i) => Math.sin(i)), [2,8]);
  const mended = mendOnnx(m, {target: 'wasm'});
  const a = await run(m, {x}); const d = await run(mended.bytes, {x});
  console.log(opset, mended.changes, m.length, mended.bytes.length, Math.max(...[...a[y].data as Float32Array].map((p, i) => Math.abs(p - (d[y].data as Float32Array)[i]))));
  }
});
