/** A line of a compared text. */
export interface TextLine {
  readonly kind: "same" | "add" | "delete";
  readonly text: string;
}

/** Beyond this many pairs of lines the texts are not aligned: all old ones, then all new ones. */
const MAX_PAIRS = 4_000_000;
/** Unchanged lines shown around a change. */
const CONTEXT = 2;

/** Compares two texts line by line (longest common subsequence). */
export function compareLines(old: string, text: string): readonly TextLine[] {
  const olds = old.split("\n");
  const news = text.split("\n");
  const lengths = olds.length * news.length > MAX_PAIRS ? undefined : commonLengths(olds, news);
  const result: TextLine[] = [];
  let left = 0;
  let right = 0;
  while (left < olds.length && right < news.length && lengths) {
    const oldLine = olds[left] ?? "";
    const newLine = news[right] ?? "";
    if (oldLine === newLine) {
      result.push({ kind: "same", text: oldLine });
      left++;
      right++;
    } else if ((lengths[left + 1]?.[right] ?? 0) >= (lengths[left]?.[right + 1] ?? 0)) {
      result.push({ kind: "delete", text: oldLine });
      left++;
    } else {
      result.push({ kind: "add", text: newLine });
      right++;
    }
  }
  for (const line of olds.slice(left)) result.push({ kind: "delete", text: line });
  for (const line of news.slice(right)) result.push({ kind: "add", text: line });
  return result;
}

/** The changed lines with two unchanged ones around them; `undefined` stands where lines are left out. */
export function changedLines(lines: readonly TextLine[]): readonly (TextLine | undefined)[] {
  const near = (index: number) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ kind }) => kind !== "same");
  const result: (TextLine | undefined)[] = [];
  for (const [index, line] of lines.entries()) {
    if (near(index)) result.push(line);
    else if (index === 0 || near(index - 1)) result.push(undefined);
  }
  return result;
}

/** `[i][j]`: how many lines the rests from i and from j have in common, in order. */
function commonLengths(olds: readonly string[], news: readonly string[]): readonly (readonly number[])[] {
  const rows: number[][] = Array.from({ length: olds.length + 1 }, () => []);
  for (let left = olds.length - 1; left >= 0; left--) {
    const row = rows[left] ?? [];
    const below = rows[left + 1] ?? [];
    for (let right = news.length - 1; right >= 0; right--) {
      const same = olds[left] === news[right];
      row[right] = same ? (below[right + 1] ?? 0) + 1 : Math.max(below[right] ?? 0, row[right + 1] ?? 0);
    }
  }
  return rows;
}
