/** A cell: text, and how it is painted once it has been padded. */
export interface TextCell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

export interface TextTableOptions {
  /** Columns that are flush left. Default: the first. */
  readonly left?: readonly number[];
  /** What stands between two columns. Default: two spaces. */
  readonly gap?: string;
}

/**
 * Rows as lines of text in columns. Colours do not move the columns: text is padded before it is painted.
 *
 * Written here because what npm has for it is not for pages: cli-table3 is CommonJS, which bundlers keep whole, and
 * text-table has no colours; this package runs in browsers and workers.
 */
export function textTable(
  rows: readonly (readonly TextCell[])[],
  { left = [0], gap = '  ' }: TextTableOptions = {},
): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, c) => Math.max(...rows.map((row) => widthOf(row[c]))));
  return rows.map((row) => {
    const cells = row.map(({ text, paint = plainly }, c) => {
      const padding = ' '.repeat(widths[c] - text.length);
      return left.includes(c) ? paint(text) + padding : padding + paint(text);
    });
    return cells.join(gap).trimEnd();
  });
}

function widthOf(cell: TextCell | undefined): number {
  return cell?.text.length ?? 0;
}

function plainly(text: string): string {
  return text;
}
