/** Why something is not computed, or not there: in English, and by code where whoever says it gives one. */
export interface Reason {
  readonly reason: string;
  readonly code?: string | undefined;
  readonly values?: Readonly<Record<string, string | number>> | undefined;
}
