import type en from '../../en/prove/results';

const zh: typeof en = {
  device: '设备',
  ours: 'normlayers 的适配器',
  native: '各框架自带的算子',
  absent: '在那里没有运行',
  comma: '，',
  nothing: '无',
  adapter: '适配器',
  matrix: '各适配器在各设备上的最差等级和最少正确位数',
  timed: '计时的适配器',
  unranked: '答案不精确或错误，因此不排名',
  benchCase: '计时的内容',
  benchNote:
    '在同一设备上，用的时间是复制同样多字节的几倍：我们最快的适配器，以及其余最快的一个。不同设备的时间不能并排比较，这些倍数可以。',
  oursShort: '我们',
  theirsShort: '他们',
  notTimed: '未运行',
  wrongAnswers: (count) => `${count} 个不排名`,
  bars: (name) => `${name}：全部时间`,
};

export default zh;
