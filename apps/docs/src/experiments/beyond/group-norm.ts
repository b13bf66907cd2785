import { besideBatchNorm } from '../training/beside-batch-norm';

/** Group Norm beside Batch Norm as the batch gets smaller (Wu and He 2018, figure 1). */
export const groupNorm = besideBatchNorm('groupNorm', 'group');
