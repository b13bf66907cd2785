import type { Inspection } from '@normlayers/catalogue';
import type { CaseReport } from '@normlayers/conformance';
import type { Op } from '@normlayers/core';
import type { Reason } from '../text/reason';
import type { CaseOutline } from './cases/case-state';

/** What the page asks of the worker. */
export type Request =
  | { readonly type: 'run'; readonly adapters: readonly string[]; readonly ops: readonly Op[] }
  | { readonly type: 'pause' | 'resume' | 'cancel' }
  | { readonly type: 'inspect'; readonly adapter: string; readonly caseName: string };

/** What the worker tells the page. */
export type Answer =
  | { readonly type: 'cases'; readonly cases: readonly CaseOutline[] }
  | { readonly type: 'opening'; readonly adapter: string }
  | {
      readonly type: 'reports';
      readonly adapter: string;
      readonly reports: readonly CaseReport[];
      readonly total: number;
    }
  | { readonly type: 'unavailable'; readonly adapter: string; readonly why: Reason }
  | { readonly type: 'finished'; readonly cancelled: boolean }
  | { readonly type: 'inspection'; readonly inspection: Inspection };
