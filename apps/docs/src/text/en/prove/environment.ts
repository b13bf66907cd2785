export default {
  cores: (count: number) => `${count} CPU ${count === 1 ? 'thread' : 'threads'}`,
  gpu: (name: string) => (name === 'none' ? 'no WebGPU' : `GPU: ${name}`),
  isolated: (is: boolean): string => (is ? 'cross-origin isolated' : 'not cross-origin isolated'),
};
