import { answer } from '@normlayers/testing/page';
import { runOnDevice } from './on-device';

answer({ runOnDevice: (order) => runOnDevice(navigator.gpu, order as Parameters<typeof runOnDevice>[1]) });
