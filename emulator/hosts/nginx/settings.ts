/** One `location` of a server. */
export interface Location {
  readonly exact: boolean;
  readonly prefix: string;
  readonly root: string | undefined;
  readonly tryFiles: readonly string[];
  readonly proxyPass: string | undefined;
  readonly returns: { readonly status: number; readonly text: string } | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ServerSettings {
  readonly port: number;
  readonly root: string;
  readonly index: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly locations: readonly Location[];
}

interface Directive {
  readonly words: readonly string[];
  readonly block: readonly Directive[];
}

/** Reads the first `server` of an nginx configuration: listen, root, index, location, try_files, proxy_pass, return, add_header. */
export function readServer(text: string): ServerSettings {
  const tokens = text.replace(/#[^\n]*/g, "").match(/"[^"]*"|'[^']*'|[{};]|[^\s{};]+/g) ?? [];
  const all = parse(
    tokens.map((each) => each.replace(/^(["'])(.*)\1$/s, "$2")),
    { at: 0 },
  );
  const server = all.find((each) => each.words[0] === "server")?.block ?? all;
  const root = firstWord(server, "root") ?? "/usr/share/nginx/html";
  const locations = server.filter((each) => each.words[0] === "location").map((each) => readLocation(each));
  return {
    port: Number((firstWord(server, "listen") ?? "80").split(":").at(-1)),
    root,
    index: server.find((each) => each.words[0] === "index")?.words.slice(1) ?? ["index.html"],
    headers: headersOf(server),
    locations: locations.toSorted((a, b) => Number(b.exact) - Number(a.exact) || b.prefix.length - a.prefix.length),
  };
}

function parse(tokens: readonly string[], cursor: { at: number }): Directive[] {
  const found: Directive[] = [];
  let words: string[] = [];
  while (cursor.at < tokens.length) {
    const token = tokens[cursor.at] ?? "";
    cursor.at += 1;
    if (token === "}") return found;
    if (token === ";" || token === "{") {
      found.push({ words, block: token === "{" ? parse(tokens, cursor) : [] });
      words = [];
    } else words.push(token);
  }
  return found;
}

function readLocation({ words, block }: Directive): Location {
  const modifier = words.length > 2 ? words[1] : undefined;
  const returns = block.find((each) => each.words[0] === "return")?.words;
  return {
    exact: modifier === "=",
    prefix: words.at(-1) ?? "/",
    root: firstWord(block, "root"),
    tryFiles: block.find((each) => each.words[0] === "try_files")?.words.slice(1) ?? ["$uri", "$uri/", "=404"],
    proxyPass: firstWord(block, "proxy_pass"),
    returns: returns && { status: Number(returns[1]), text: returns[2] ?? "" },
    headers: headersOf(block),
  };
}

function firstWord(block: readonly Directive[], name: string): string | undefined {
  return block.find((each) => each.words[0] === name)?.words[1];
}

function headersOf(block: readonly Directive[]): Record<string, string> {
  return Object.fromEntries(
    block.filter((each) => each.words[0] === "add_header").map(({ words }) => [words[1] ?? "", words[2] ?? ""]),
  );
}
