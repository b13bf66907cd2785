import type { DefaultTheme, LocaleSpecificConfig } from 'vitepress';

type Locale = LocaleSpecificConfig<DefaultTheme.Config> & { label: string; link?: string };

interface Words {
  readonly guide: string;
  readonly norms: string;
  readonly comparison: string;
  readonly choose: string;
  readonly traps: string;
  readonly beyond: string;
  readonly models: string;
  readonly prove: string;
  readonly conformance: string;
  readonly breakIt: string;
  readonly speed: string;
  readonly devices: string;
  readonly convert: string;
  readonly model: string;
  readonly code: string;
  readonly recipes: string;
  readonly reference: string;
}

/** The packages, and their entries, that the reference is generated of. */
export const PACKAGES = [
  'core',
  'core/adapter',
  'core/layers',
  'core/safetensors',
  'core/weights',
  'wasm',
  'webgpu',
  'onnxruntime-web',
  'tfjs',
  'tfjs/layers',
  'onnx',
  'model',
  'model/tfjs',
  'conformance',
  'benchmark',
];

function pages(prefix: string, words: Words): Pick<DefaultTheme.Config, 'nav' | 'sidebar'> {
  const guide = [
    { text: words.norms, link: `${prefix}guide/` },
    { text: words.comparison, link: `${prefix}guide/comparison` },
    { text: words.choose, link: `${prefix}guide/choose` },
    { text: words.traps, link: `${prefix}guide/traps` },
    { text: words.beyond, link: `${prefix}guide/beyond` },
    { text: words.models, link: `${prefix}guide/models` },
  ];
  const prove = [
    { text: words.conformance, link: `${prefix}conformance` },
    { text: words.speed, link: `${prefix}speed` },
    { text: words.breakIt, link: `${prefix}break-it` },
    { text: words.model, link: `${prefix}model` },
  ];
  const more = [
    { text: words.devices, link: `${prefix}devices` },
    { text: words.convert, link: `${prefix}convert` },
  ];
  const code = [
    { text: words.recipes, link: `${prefix}recipes` },
    { text: words.reference, link: `${prefix}reference/` },
  ];
  const packages = PACKAGES.map((name) => ({
    text: `@normlayers/${name}`,
    link: `${prefix}reference/${name}`,
  }));
  return {
    nav: [
      { text: words.guide, link: `${prefix}guide/`, activeMatch: `^${prefix}guide/` },
      ...prove,
      { text: words.code, items: [...more, ...code] },
    ],
    sidebar: {
      [`${prefix}reference/`]: [
        { text: words.reference, items: packages },
        { text: words.code, items: code },
      ],
      [prefix]: [
        { text: words.guide, items: guide },
        { text: words.prove, items: [...prove, ...more] },
        { text: words.code, items: code },
      ],
    },
  };
}

export const en: Locale = {
  label: 'English',
  lang: 'en',
  description: 'Batch Norm and Layer Norm for JavaScript: the same answer on every back end, with the proof.',
  themeConfig: {
    outline: { label: 'On this page', level: [2, 3] },
    ...pages('/', {
      guide: 'Guide',
      norms: 'Batch Norm and Layer Norm',
      comparison: 'The comparison, tested',
      choose: 'Which one should I use',
      traps: 'Traps',
      beyond: 'Beyond the two',
      models: 'Whole models',
      prove: 'Tools',
      conformance: 'Conformance',
      breakIt: 'Break it',
      speed: 'Speed',
      devices: 'Other devices',
      convert: 'Convert',
      model: 'Your model',
      code: 'Code',
      recipes: 'Recipes',
      reference: 'API reference',
    }),
  },
};

export const zh: Locale = {
  label: '简体中文',
  lang: 'zh-Hans',
  link: '/zh/',
  description: 'JavaScript 的批归一化与层归一化：每个后端都给出同样的答案，并附上证明。',
  themeConfig: {
    ...pages('/zh/', {
      guide: '指南',
      norms: '批归一化与层归一化',
      comparison: '对比，逐条实验',
      choose: '该用哪一个',
      traps: '陷阱',
      beyond: '两者之外',
      models: '整个模型',
      prove: '工具',
      conformance: '一致性测试',
      breakIt: '把它弄坏',
      speed: '速度',
      devices: '其他设备',
      convert: '转换',
      model: '你的模型',
      code: '代码',
      recipes: '实用代码',
      reference: 'API 参考',
    }),
    outline: { label: '本页内容', level: [2, 3] },
    docFooter: { prev: '上一页', next: '下一页' },
    darkModeSwitchLabel: '外观',
    lightModeSwitchTitle: '切换到浅色',
    darkModeSwitchTitle: '切换到深色',
    sidebarMenuLabel: '目录',
    returnToTopLabel: '回到顶部',
    langMenuLabel: '切换语言',
    skipToContentLabel: '跳到正文',
    notFound: {
      title: '没有这个页面',
      quote: '这个地址下什么也没有。',
      linkLabel: '回到首页',
      linkText: '回到首页',
    },
  },
};
