import type en from '../../en/prove/results';

const zh: typeof en = {
  device: '设备',
  ours: 'normlayers 的适配器',
  native: '各框架自带的算子',
  absent: '在那里没有运行',
  nothing: '无',
};

export default zh;
