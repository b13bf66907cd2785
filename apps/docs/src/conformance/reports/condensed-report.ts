import type { CaseReport, ConformanceJson } from '@normlayers/conformance';
import { stateOf } from '../cases/case-state';
import type { RecordedAdapter, RecordedCell, RecordedResults } from './recorded-results';

const WORST_FIRST = ['wrong', 'imprecise', 'ordinary', 'accurate'];

type Cell = { -readonly [Key in keyof RecordedCell]: RecordedCell[Key] };

/**
 * Of a report what the pages show: of each operation and mode how many cases ended how, the fewest digits right, and the worst
 * case.
 *
 * @param known the cases that a page can run: those of vectors are in files.
 */
export function condensedReport(
  { environment, adapters }: ConformanceJson,
  known: ReadonlySet<string>,
): RecordedResults {
  return {
    environment: withoutKernel(environment as Record<string, unknown>),
    adapters: adapters.map(({ name, kind, available, reason, cases }): RecordedAdapter => {
      if (!available) return { name, kind, ...(reason === undefined ? {} : { reason }) };
      return { name, kind, cells: cellsOf(cases, known) };
    }),
  };
}

/** Of the system its name: the kernel of one machine says nothing about a release. */
export function withoutKernel(environment: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { os } = environment;
  return typeof os === 'string' ? { ...environment, os: os.split(' ')[0] } : { ...environment };
}

function cellsOf(cases: readonly CaseReport[], known: ReadonlySet<string>): Record<string, RecordedCell> {
  const cells: Record<string, Cell> = {};
  const worst = new Map<string, CaseReport>();
  for (const report of cases) {
    const key = `${report.op} ${report.mode}`;
    cells[key] ??= { counts: {}, digits: null, worst: null };
    const cell = cells[key];
    const state = stateOf(report);
    cell.counts = { ...cell.counts, [state]: (cell.counts[state] ?? 0) + 1 };
    if (report.grade === 'unsupported') continue;
    if (showsDigits(report)) {
      cell.digits = Math.min(cell.digits ?? Infinity, Number(report.digits?.toFixed(1)));
    }
    const before = worst.get(key);
    if (known.has(report.name) && (before === undefined || isWorse(report, before))) worst.set(key, report);
  }
  for (const [key, report] of worst) cells[key].worst = report.name;
  return cells;
}

/** As the command's matrix has it: where the data hold 3 digits, float16 aside. */
function showsDigits({ dtype, digits, heldDigits }: CaseReport): boolean {
  return dtype !== 'float16' && digits !== null && (heldDigits ?? 0) >= 3;
}

/** A case of a worse grade, or of fewer digits where these say something. */
function isWorse(report: CaseReport, than: CaseReport): boolean {
  const [own, other] = [report, than].map(({ grade }) => WORST_FIRST.indexOf(grade));
  if (own !== other) return own < other;
  return showsDigits(report) && (!showsDigits(than) || (report.digits ?? 0) < (than.digits ?? 0));
}
