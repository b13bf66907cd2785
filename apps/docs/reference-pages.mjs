// After TypeDoc: gives every page of the reference its Chinese twin, and mends the fragments that VitePress numbers otherwise.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

const NOTE = `::: info 只有英文
这一页由源码里的注释生成，因此只有英文：每个函数都写明形状、单位、默认值、错误和出处，并附一个运行过的例子。
:::
`;

const ABOUT = {
  core: [
    'the five normalizations in inference, training and backward; merged statistics',
    '五种归一化的推理、训练和反向；合并统计量',
  ],
  'core/adapter': [
    'for authors of back ends: the contract, the plan of a call, and what adapters have in common',
    '写给后端作者：约定、调用的规划，以及各适配器共用的部分',
  ],
  'core/layers': [
    'layers that keep their parameters and statistics, on any adapter',
    '保存参数和统计量的层，可在任何适配器上运行',
  ],
  'core/safetensors': ['tensors as safetensors files, and back', '张量与 safetensors 文件互相转换'],
  'core/weights': [
    "Batch Norm's weights between frameworks, and folded into the layer next to it",
    '批归一化的权重：在框架之间转换，或折叠进相邻的层',
  ],
  wasm: ['WebAssembly SIMD kernels', 'WebAssembly SIMD 内核'],
  webgpu: ['WGSL kernels on the buffers of a `GPUDevice`', '在 `GPUDevice` 的缓冲区上运行的 WGSL 内核'],
  'onnxruntime-web': ['on `ort.Tensor`s', '在 `ort.Tensor` 上运行'],
  tfjs: ['on `tf.Tensor`s, differentiable', '在 `tf.Tensor` 上运行，可微'],
  'tfjs/layers': [
    'the normalization layers of Keras that TensorFlow.js lacks',
    'Keras 有而 TensorFlow.js 没有的归一化层',
  ],
  onnx: ['the calls as ONNX models, built in memory', '把各种调用写成 ONNX 模型，在内存中生成'],
  model: [
    'whole models: every normalization in them found, mended, folded and verified',
    '整个模型：找出其中的每个归一化，修好、折叠并验证',
  ],
  'model/tfjs': ['the same of TensorFlow.js models', '同样的功能，用于 TensorFlow.js 模型'],
  conformance: ['the suite, its tolerance rule, its reports', '一致性测试集、判定规则、报告'],
  benchmark: ['timing of any adapter beside its peers', '各适配器的计时与比较'],
};

const names = readdirSync(at('reference'), { recursive: true })
  .filter((file) => file.endsWith('.md') && file !== 'index.md')
  .map((file) => file.replace('.md', ''))
  .sort((a, b) => Object.keys(ABOUT).indexOf(a) - Object.keys(ABOUT).indexOf(b));

const slugsOf = new Map(names.map((name) => [name, slugs(readFileSync(at(`reference/${name}.md`), 'utf8'))]));

rmSync(at('zh/reference'), { recursive: true, force: true });
for (const name of names) {
  const page = withKnownFragments(readFileSync(at(`reference/${name}.md`), 'utf8'), name)
    // TypeDoc has no name for an argument that is taken apart where it is declared.
    .replaceAll('__namedParameters', 'options');
  mkdirSync(dirname(at(`zh/reference/${name}.md`)), { recursive: true });
  writeFileSync(at(`reference/${name}.md`), introduced(page, name, 0));
  writeFileSync(at(`zh/reference/${name}.md`), introduced(page, name, 1).replace('\n', `\n\n${NOTE}`));
}

const list = (language) =>
  names.map((name) => `- [@normlayers/${name}](./${name}): ${ABOUT[name]?.[language] ?? ''}`).join('\n');
writeFileSync(
  at('reference/index.md'),
  `# API reference\n\nGenerated from the docstrings: shapes, units, defaults, errors and sources, with examples that are run as tests.\n\n${list(0)}\n`,
);
writeFileSync(at('zh/reference/index.md'), `# API 参考\n\n${NOTE}\n${list(1)}\n`);

/** The page with what the package is, and how it is installed, under its heading. */
function introduced(page, name, language) {
  const [heading, rest] = [page.slice(0, page.indexOf('\n')), page.slice(page.indexOf('\n'))];
  const install = `\`\`\`sh\nnpm install @normlayers/${name.split('/')[0]}\n\`\`\``;
  return `${heading}\n\n${capitalized(ABOUT[name]?.[language] ?? '')}${language === 0 ? '.' : '。'}\n\n${install}\n${rest}`;
}

function capitalized(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** TypeDoc writes some fragments otherwise than VitePress: it numbers headings that differ in case alone, and keeps underscores. */
function withKnownFragments(page, name) {
  return page.replaceAll(/\]\(([^)#\s]*)#([\w-]+)\)/g, (link, path, fragment) => {
    const target = path === '' ? name : join(dirname(name), path.replace(/\.md$/, ''));
    const slugs = slugsOf.get(target) ?? new Set();
    const dashed = fragment.replaceAll('_', '-');
    const known = [fragment, dashed, dashed.replace(/-1$/, '')].find((slug) => slugs.has(slug));
    return known === undefined ? link : `](${path}#${known})`;
  });
}

/** The fragments of a page's headings, as VitePress makes them. */
function slugs(page) {
  const found = new Set();
  for (const [, heading] of page.matchAll(/^#+ (.+)$/gm)) {
    const slug = heading
      .replaceAll('\\', '')
      .replaceAll(/[\s~`!@#$%^&*()\-_+=[\]{}|\\;:"'“”‘’<>,.?/]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .toLowerCase();
    let own = slug;
    for (let i = 1; found.has(own); i++) own = `${slug}-${i}`;
    found.add(own);
  }
  return found;
}
