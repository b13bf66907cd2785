import { writeReports } from '../../output/write-report';

/** Writes a report of a model, if one is wanted: schema 1. What JSON has no number for is text: "Infinity". */
export function writeModelJson(path: string | undefined, report: object): void {
  const text = () =>
    JSON.stringify(
      report,
      (_, value) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value),
      1,
    );
  writeReports([['json', path, () => `${text()}\n`]]);
}
