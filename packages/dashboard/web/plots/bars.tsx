/** Counts as bars beside their names: a table that is also a picture. */
import { formatCount } from "../data/format.ts";

export interface Bar {
  readonly name: string;
  readonly count: number;
  /** Said behind the count. */
  readonly note?: string;
}

/** @param of what the longest bar stands for. */
export function Bars({ title, bars, of }: { readonly title: string; readonly bars: readonly Bar[]; readonly of: number }) {
  return (
    <table class="bars">
      <caption>{title}</caption>
      <tbody>
        {bars.map(({ name, count, note }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="bar-cell">
              <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                <rect class="track" width={100} height={8} />
                <rect class="fill" width={of === 0 ? 0 : (100 * count) / of} height={8} />
              </svg>
            </td>
            <td class="number">
              {formatCount(count)}
              {note !== undefined && <span class="muted small"> {note}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
