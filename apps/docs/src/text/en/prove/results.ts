export default {
  device: 'device',
  ours: 'adapters of normlayers',
  native: 'the frameworks’ own operators',
  absent: 'not run there',
  nothing: 'nothing',
};
