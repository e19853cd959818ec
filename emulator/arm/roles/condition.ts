import { parsePath } from "../path.ts";

/** What a condition may look at. Attributes are named as in conditions, for example `Microsoft.Authorization/roleAssignments:PrincipalType`. */
export interface ConditionRequest {
  readonly action?: string;
  /** The data plane's resource, for `@Resource[…/containers:name]`. */
  readonly resourceId?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

type Token = { readonly kind: "op" | "attribute" | "word" | "text"; readonly text: string };

const TOKENS = /\s*(?:(?<op>\|\||&&|[!(){},])|(?<attribute>@\w+\[[^\]]+\])|'(?<text>[^']*)'|(?<word>[\w.*/:-]+))/y;

/** Operators that are also written as words. */
const WORDS: Readonly<Record<string, string>> = { AND: "&&", OR: "||", NOT: "!" };

/**
 * Evaluates an assignment's condition (ABAC, version 2.0): `!`, `&&`, `||`, `ActionMatches`, and comparisons of
 * `@Request`/`@Resource` attributes with text, GUIDs and sets. What it cannot read does not hold: a grant is never wider than meant.
 *
 * @see Microsoft Learn, "Azure role assignment condition format and syntax"
 */
export function conditionHolds(condition: string, request: ConditionRequest): boolean {
  const tokens = tokenize(condition);
  if (!tokens) return false;
  const reader = new Reader(tokens);
  try {
    const value = either(reader, request);
    return reader.done && value;
  } catch {
    return false; // unreadable conditions grant nothing
  }
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  next(): Token {
    const token = this.#tokens[this.#at++];
    if (!token) throw new Error("the condition ends too early");
    return token;
  }

  take(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "op" || token.text !== text) return false;
    this.#at++;
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) throw new Error(`${text} is missing`);
  }
}

function tokenize(condition: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  let at = 0;
  const text = condition.trim();
  while (at < text.length) {
    TOKENS.lastIndex = at;
    const match = TOKENS.exec(text);
    const groups = match?.groups;
    if (!match || !groups) return undefined;
    for (const kind of ["op", "attribute", "word", "text"] as const) {
      const found = groups[kind];
      const operator = kind === "word" ? WORDS[found?.toUpperCase() ?? ""] : undefined;
      if (operator) tokens.push({ kind: "op", text: operator });
      else if (found !== undefined) tokens.push({ kind, text: found });
    }
    at = TOKENS.lastIndex;
  }
  return tokens;
}

function either(reader: Reader, request: ConditionRequest): boolean {
  let value = both(reader, request);
  while (reader.take("||")) value = both(reader, request) || value;
  return value;
}

function both(reader: Reader, request: ConditionRequest): boolean {
  let value = single(reader, request);
  while (reader.take("&&")) value = single(reader, request) && value;
  return value;
}

function single(reader: Reader, request: ConditionRequest): boolean {
  if (reader.take("!")) return !single(reader, request);
  if (reader.take("(")) {
    const value = either(reader, request);
    reader.expect(")");
    return value;
  }
  const first = reader.next();
  if (first.kind === "word" && first.text === "ActionMatches") {
    const patterns = set(reader);
    return patterns.some((pattern) => wildcard(pattern).test(request.action ?? ""));
  }
  if (first.kind !== "attribute") throw new Error(`unexpected ${first.text}`);
  return compare(attribute(first.text, request), reader.next().text, set(reader));
}

/** A set in braces or parentheses, or one value. */
function set(reader: Reader): readonly string[] {
  const close = reader.take("{") ? "}" : reader.take("(") ? ")" : undefined;
  if (!close) return [reader.next().text];
  const values: string[] = [];
  while (!reader.take(close)) {
    if (reader.take("{") || reader.take("}")) continue;
    values.push(reader.next().text);
    reader.take(",");
  }
  return values;
}

function attribute(text: string, request: ConditionRequest): string | undefined {
  const [, source = "", name = ""] = /^@(\w+)\[(.+)\]$/.exec(text) ?? [];
  const given = Object.entries(request.attributes ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase());
  if (given) return given[1];
  if (source.toLowerCase() !== "resource" || request.resourceId === undefined) return undefined;
  const { types, names } = parsePath(request.resourceId);
  const kind = name
    .replace(/:name$/i, "")
    .split("/")
    .at(-1)
    ?.toLowerCase();
  return names[types.findIndex((type) => type.toLowerCase() === kind)];
}

function compare(value: string | undefined, operator: string, wanted: readonly string[]): boolean {
  if (value === undefined) return false;
  const name = operator.split(":").at(-1) ?? operator;
  const negative = /Not(?=Equals|Like|StartsWith)/.test(name);
  const plain = name.replace(/Not(?=Equals|Like|StartsWith)/, "");
  const exact = plain.startsWith("String") && !plain.endsWith("IgnoreCase");
  const fold = (text: string) => (exact ? text : text.toLowerCase());
  const actual = fold(value);
  const matches = (each: string) => {
    const other = fold(each);
    if (/Equals/.test(plain)) return actual === other;
    if (/StartsWith/.test(plain)) return actual.startsWith(other);
    if (/Like/.test(plain)) return wildcard(other).test(actual);
    throw new Error(`unknown operator ${operator}`);
  };
  return negative ? !wanted.some(matches) : wanted.some(matches);
}

function wildcard(pattern: string): RegExp {
  const source = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${source.join(".*")}$`, "i");
}
