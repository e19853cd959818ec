/** How many letters may be wrong. */
const MAX_DISTANCE = 2;

/** What somebody who typed `word` may have meant: the nearest of the known words, when it is near. */
export function suggestion(word: string, known: readonly string[]): string | undefined {
  const nearest = known
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .sort((left, right) => left.distance - right.distance)[0];
  // In short words two wrong letters leave nothing of what was typed.
  return nearest && nearest.distance <= Math.min(MAX_DISTANCE, word.length - 1) ? nearest.candidate : undefined;
}

/** Letters to insert, remove or change, after Levenshtein. */
export function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const changed = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
