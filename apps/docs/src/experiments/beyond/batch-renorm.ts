import { besideBatchNorm } from '../training/beside-batch-norm';

/** Batch Renorm beside Batch Norm as the batch gets smaller (Ioffe 2017, section 4.2). */
export const batchRenorm = besideBatchNorm('batchRenorm', 'renorm');
