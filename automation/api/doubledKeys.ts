/**
 * The first key that stands twice in one object of a JSON text: some readers would take the first value, others the last.
 *
 * @param json a text that `JSON.parse` takes
 */
export function doubledKey(json: string): string | undefined {
  /** The keys of each open object; nothing for an open list. */
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < json.length; at++) {
    const letter = json[at];
    if (letter === "{") open.push(new Set());
    else if (letter === "[") open.push(undefined);
    else if (letter === "}" || letter === "]") open.pop();
    else if (letter === '"') {
      const end = endOfText(json, at);
      const keys = open.at(-1);
      if (keys && json[afterBlanks(json, end + 1)] === ":") {
        const key = String(JSON.parse(json.slice(at, end + 1)));
        if (keys.has(key)) return key;
        keys.add(key);
      }
      at = end;
    }
  }
  return undefined;
}

function endOfText(json: string, start: number): number {
  let at = start + 1;
  while (json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
  return at;
}

function afterBlanks(json: string, start: number): number {
  let at = start;
  while (/\s/.test(json[at] ?? "")) at += 1;
  return at;
}
