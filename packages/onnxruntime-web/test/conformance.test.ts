import { conformanceTests } from '@normlayers/conformance';
import { afterAll, test } from 'vitest';
import { onnxruntimeWebAdapter } from '../src/index';
import { ort } from './runtime';

conformanceTests({ adapter: () => onnxruntimeWebAdapter({ ort }), test, after: afterAll });
