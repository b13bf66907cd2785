import type { Host } from '@normlayers/catalogue';
import { DENO } from '@normlayers/catalogue/deno';
import { NODE } from '@normlayers/catalogue/node';

/** Whether this process is Deno's. */
export const IN_DENO = 'Deno' in globalThis;

/** What this process can run. */
export const HOST: Host = IN_DENO ? DENO : NODE;
