import type en from '../../en/prove/speed';
import { reasonWords } from '../suite/reasons';

const zh: typeof en = {
  title: '速度',
  recordedNote:
    '记录的结果：每个后端用的时间是复制同样多字节的几倍，最快的在前。条每长三分之一，就是十倍；斜纹的是各框架自带的算子。',
  recorded: { node: '在 Node 里的记录，CPU', chromium: '在 Chromium 里的记录，软件 GPU' },
  operation: '运算',
  mode: '模式',
  type: '类型',
  size: '大小，如 1024x768',
  residency: '数据',
  residencies: { device: '已在设备上：仅计算', host: '在数组里：含往返' },
  presets: '可选的大小',
  noShape: '需要两个以上的正整数，例如 1024x768。',
  sweep: '多种大小：扫描第一维',
  sweepTitle: '各种大小下的 GB/s',
  thisMachine: '这台机器',
  passes: (count) => `每次调用 ${count} 遍 GPU 计算`,
  stage(stage) {
    switch (stage.code) {
      case 'opening':
        return `打开 ${stage.adapter}`;
      case 'reference':
        return '计算标准答案';
      case 'checking':
        return `检查 ${stage.adapter}`;
      case 'warming-up':
        return '预热';
      case 'round':
        return `第 ${stage.round} 轮，共 ${stage.of} 轮`;
      case 'done':
        return '完成';
    }
  },
  reason: reasonWords,
  run: '运行',
  cancel: '取消',
  json: '下载 JSON',
  compare: '与一份报告比较',
  badFile: (why) => `无法读取这个文件：${why}`,
  phases: { idle: '还没有计时。', running: '计时中', done: '已完成', cancelled: '已停止' },
  hidden: '运行期间标签页被隐藏过：浏览器会放慢隐藏的标签页，请再运行一次。',
  coarse: (step) => `这个浏览器的时钟每步 ${step} 毫秒：很短的时间不准。`,
  grades: {
    accurate: '精确',
    ordinary: '普通',
    imprecise: '不精确，不参加排名',
    wrong: '答案错误，不参加排名',
  },
  digits: (digits) => `${digits} 位正确`,
  timesMemcpy: (times) => `memcpy 的 ${times} 倍`,
  here: (times) => `这里 ${times} 倍`,
  elements: 'x 的元素个数',
  sweepLabel: '各种大小下每秒的字节数，对数坐标；memcpy 那条线就是内存的速度',
  otherTitle: (name) => `来自 ${name}`,
};

export default zh;
