import type { MessageFields } from "./incoming.ts";

/** A filter applied to a message: true, false, or undefined for "unknown" (a property is missing), which does not match. */
export type SqlFilter = (fields: MessageFields) => boolean | undefined;

type Value = string | number | boolean | undefined;
type Expression = (fields: MessageFields) => Value;

interface Token {
  readonly kind: "word" | "quoted" | "string" | "number" | "symbol" | "end";
  readonly text: string;
}

const TOKEN =
  /\s*(?:(?<string>'(?:[^']|'')*')|(?<quoted>\[[^\]]+\]|"[^"]+")|(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<word>[A-Za-z_@$][\w$-]*)|(?<symbol><>|!=|<=|>=|[=<>+\-*/%().,]))/y;

/**
 * Parses the SQL-92 subset of subscription rules: comparison, arithmetic, AND, OR, NOT, LIKE … ESCAPE, IN, IS [NOT] NULL, EXISTS(…),
 * properties as `name`, `user.name`, `sys.Name`.
 *
 * @throws {SyntaxError} saying what is wrong
 * @see Microsoft Learn, "SQL filter syntax in Service Bus"
 */
export function parseSqlFilter(text: string): SqlFilter {
  const parser = new Parser(tokenize(text));
  const expression = parser.parse();
  return (fields) => {
    const value = expression(fields);
    return typeof value === "boolean" ? value : undefined;
  };
}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const groups = TOKEN.exec(text)?.groups;
    if (!groups) throw new SyntaxError(`unexpected character at ${at + 1} of "${text}"`);
    for (const kind of ["string", "quoted", "number", "word", "symbol"] as const) {
      if (groups[kind] !== undefined) tokens.push({ kind, text: groups[kind] });
    }
  }
  return [...tokens, { kind: "end", text: "" }];
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Expression {
    const expression = this.#or();
    if (this.#peek.kind !== "end") throw new SyntaxError(`unexpected "${this.#peek.text}"`);
    return expression;
  }

  get #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "" };
  }

  #accept(text: string): boolean {
    const { kind } = this.#peek;
    if ((kind !== "word" && kind !== "symbol") || this.#peek.text.toUpperCase() !== text) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw new SyntaxError(`expected ${text} before "${this.#peek.text}"`);
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#accept("OR")) left = logical(left, this.#and(), true);
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.#accept("AND")) left = logical(left, this.#not(), false);
    return left;
  }

  #not(): Expression {
    return this.#accept("NOT") ? negate(this.#not()) : this.#predicate();
  }

  #predicate(): Expression {
    const left = this.#sum();
    for (const symbol of ["<>", "!=", "<=", ">=", "=", "<", ">"] as const) {
      if (this.#accept(symbol)) return comparison(symbol, left, this.#sum());
    }
    if (this.#accept("IS")) {
      const isNot = this.#accept("NOT");
      this.#expect("NULL");
      return (fields) => (left(fields) === undefined) !== isNot;
    }
    const isNot = this.#accept("NOT");
    const found = this.#accept("LIKE") ? this.#like(left) : this.#accept("IN") ? this.#in(left) : undefined;
    if (isNot && !found) throw new SyntaxError("expected LIKE or IN after NOT");
    return found ? (isNot ? negate(found) : found) : left;
  }

  #like(left: Expression): Expression {
    const pattern = this.#sum();
    const mark = this.#accept("ESCAPE") ? this.#sum() : () => undefined;
    return (fields) => {
      const [value, source, escaping] = [left(fields), pattern(fields), mark(fields)];
      if (typeof value !== "string" || typeof source !== "string") return undefined;
      return likePattern(source, typeof escaping === "string" ? escaping : undefined).test(value);
    };
  }

  #in(left: Expression): Expression {
    this.#expect("(");
    const items = [this.#sum()];
    while (this.#accept(",")) items.push(this.#sum());
    this.#expect(")");
    return (fields) => {
      const value = left(fields);
      return value === undefined ? undefined : items.some((item) => item(fields) === value);
    };
  }

  #sum(): Expression {
    let left = this.#product();
    for (;;) {
      if (this.#accept("+")) left = arithmetic("+", left, this.#product());
      else if (this.#accept("-")) left = arithmetic("-", left, this.#product());
      else return left;
    }
  }

  #product(): Expression {
    let left = this.#unary();
    for (;;) {
      if (this.#accept("*")) left = arithmetic("*", left, this.#unary());
      else if (this.#accept("/")) left = arithmetic("/", left, this.#unary());
      else if (this.#accept("%")) left = arithmetic("%", left, this.#unary());
      else return left;
    }
  }

  #unary(): Expression {
    if (this.#accept("-")) return arithmetic("-", () => 0, this.#unary());
    return this.#accept("+") ? this.#unary() : this.#primary();
  }

  #primary(): Expression {
    if (this.#accept("(")) {
      const inner = this.#or();
      this.#expect(")");
      return inner;
    }
    if (this.#accept("TRUE")) return () => true;
    if (this.#accept("FALSE")) return () => false;
    if (this.#accept("NULL")) return () => undefined;
    if (this.#accept("EXISTS")) {
      this.#expect("(");
      const property = this.#property();
      this.#expect(")");
      return (fields) => property(fields) !== undefined;
    }
    const { kind, text } = this.#peek;
    if (kind !== "number" && kind !== "string") return this.#property();
    this.#at++;
    const value = kind === "number" ? Number(text) : text.slice(1, -1).replaceAll("''", "'");
    return () => value;
  }

  #property(): Expression {
    const first = this.#name();
    const scope = first.toLowerCase();
    const isScoped = (scope === "sys" || scope === "user") && this.#accept(".");
    const name = isScoped ? this.#name() : first;
    if (!isScoped || scope === "user") return ({ user }) => toValue(user[name]);
    return ({ system }) =>
      toValue(Object.entries(system).find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1]);
  }

  #name(): string {
    const { kind, text } = this.#peek;
    if (kind !== "word" && kind !== "quoted") throw new SyntaxError(`expected a property before "${text}"`);
    this.#at++;
    return kind === "quoted" ? text.slice(1, -1) : text;
  }
}

function toValue(value: unknown): Value {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "string") return value;
  return value instanceof Date ? value.getTime() : String(value);
}

/** Three-valued AND and OR. */
function logical(left: Expression, right: Expression, isOr: boolean): Expression {
  return (fields) => {
    const [a, b] = [left(fields), right(fields)];
    if (a === isOr || b === isOr) return isOr;
    return typeof a === "boolean" && typeof b === "boolean" ? !isOr : undefined;
  };
}

function negate(inner: Expression): Expression {
  return (fields) => {
    const value = inner(fields);
    return typeof value === "boolean" ? !value : undefined;
  };
}

function comparison(
  symbol: "<>" | "!=" | "<=" | ">=" | "=" | "<" | ">",
  left: Expression,
  right: Expression,
): Expression {
  return (fields) => {
    const [a, b] = [left(fields), right(fields)];
    if (a === undefined || b === undefined) return undefined;
    if (symbol === "=") return a === b;
    if (symbol === "<>" || symbol === "!=") return a !== b;
    if (typeof a !== typeof b) return undefined;
    if (symbol === "<") return a < b;
    if (symbol === ">") return a > b;
    return symbol === "<=" ? a <= b : a >= b;
  };
}

function arithmetic(symbol: "+" | "-" | "*" | "/" | "%", left: Expression, right: Expression): Expression {
  return (fields) => {
    const [a, b] = [left(fields), right(fields)];
    if (symbol === "+" && typeof a === "string" && typeof b === "string") return a + b;
    if (typeof a !== "number" || typeof b !== "number") return undefined;
    const results = { "+": a + b, "-": a - b, "*": a * b, "/": a / b, "%": a % b };
    return results[symbol];
  };
}

function likePattern(pattern: string, mark: string | undefined): RegExp {
  let source = "";
  for (let index = 0; index < pattern.length; index++) {
    const isEscaped = mark !== undefined && pattern[index] === mark;
    if (isEscaped) index++;
    const character = pattern[index] ?? "";
    if (!isEscaped && character === "%") source += "[\\s\\S]*";
    else if (!isEscaped && character === "_") source += "[\\s\\S]";
    else source += character.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  }
  return new RegExp(`^${source}$`);
}
