import { referenceAdapter } from '@normlayers/core';
import { afterAll, test } from 'vitest';
import { conformanceTests } from '../src/index';

conformanceTests({ adapter: referenceAdapter, test, after: afterAll });
