import { escaped } from '../charts/line-chart';
import { environmentWords } from '../environment/environment-words';
import environmentEn from '../text/en/prove/environment';
import environmentZh from '../text/zh/prove/environment';

/** What names a report's row: the device, and under it when and on what the report was made. */
export function reportHeading(
  name: string,
  environment: Readonly<Record<string, unknown>>,
  language: 'en' | 'zh',
): string {
  const words = environmentWords(environment, language === 'zh' ? environmentZh : environmentEn);
  const made = [String(environment.date ?? '').slice(0, 10), ...words].filter((part) => part !== '');
  return `<th scope="row">${escaped(name)}<br /><small>${escaped(made.join(' · '))}</small></th>`;
}

/** A table that scrolls where it is wider than the page. */
export function scrolledTable(
  label: string,
  attributes: string,
  head: readonly string[],
  rows: string,
): string {
  const titles = head.map((title) => `<th scope="col">${withBreaks(title)}</th>`).join('');
  return `<div class="recorded-matrix"><div class="scroller" tabindex="0" role="region" aria-label="${escaped(label)}"><table ${attributes}><thead><tr>${titles}</tr></thead><tbody>${rows}</tbody></table></div></div>`;
}

/** An adapter's name, which may break after each part of it. */
export function withBreaks(name: string): string {
  return name
    .split(/(?<=[:/])/)
    .map(escaped)
    .join('<wbr />');
}
