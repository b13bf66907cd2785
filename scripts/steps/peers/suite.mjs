// Runs the suite on a framework that is installed beside this file. node suite.mjs FRAMEWORK URL-OF-PACKAGES; the last line is
// what came of it, as JSON.
const [name, packages] = process.argv.slice(2);
const built = (folder) => import(`${packages}/${folder}/dist/index.js`);
const { runConformance, shortfalls } = await built('conformance');

const reports = [];
for (const adapter of await openers()[name]()) {
  const report = await runConformance(adapter);
  await adapter.dispose();
  reports.push({
    adapter: adapter.name,
    passed: report.totals.accurate,
    total: report.cases.length,
    failures: shortfalls(report).map((one) => `${one.name}: ${one.message}`),
  });
}
console.log(`\n${JSON.stringify(reports)}`);
// Frameworks may keep timers.
process.exit(0);

function openers() {
  return {
    async 'onnxruntime-web'() {
      const ort = await import('onnxruntime-web');
      ort.env.logLevel = 'error';
      ort.env.wasm.numThreads = 1;
      const { onnxruntimeWebAdapter } = await built('onnxruntime-web');
      return ['kernels', 'graph'].map((strategy) => onnxruntimeWebAdapter({ ort, strategy }));
    },
    async '@tensorflow/tfjs'() {
      const tf = await import('@tensorflow/tfjs');
      await import('@tensorflow/tfjs-backend-wasm');
      const { tfjsAdapter } = await built('tfjs');
      return ['cpu', 'wasm'].map((backend) => tfjsAdapter({ tf: tf.default ?? tf, backend }));
    },
  };
}
