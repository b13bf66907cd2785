import type en from '../../en/prove/environment';

const zh: typeof en = {
  cores: (count) => `${count} 个 CPU 线程`,
  gpu: (name) => (name === 'none' ? '没有 WebGPU' : `GPU：${name}`),
  isolated: (is) => (is ? '已跨源隔离' : '未跨源隔离'),
};

export default zh;
