/**
 * Finds a circle of dependencies: what stays as it was may depend, in the state, on what now depends on it.
 *
 * @param needsOf what a resource depends on, as the operation leaves it
 * @returns the one of `needs` from which dependencies lead back to `urn`
 */
export function leadsBack(
  urn: string,
  needs: readonly string[],
  needsOf: (urn: string) => readonly string[],
): string | undefined {
  const seen = new Set<string>();
  const reaches = (from: string): boolean => {
    const open = [from];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at === urn) return true;
      if (seen.has(at)) continue;
      seen.add(at);
      open.push(...needsOf(at));
    }
    return false;
  };
  return needs.find(reaches);
}
