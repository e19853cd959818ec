import type { BinaryOperator, Expression, Query } from "./ast.ts";
import { syntaxError, type Token } from "./lexer.ts";

/** Operators from loose to tight; comparisons (IN, BETWEEN, LIKE too) stand between `AND` and `||`. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ["??"],
  ["OR"],
  ["AND"],
  ["=", "!=", "<", "<=", ">", ">="],
  ["||"],
  ["|"],
  ["^"],
  ["&"],
  ["<<", ">>", ">>>"],
  ["+", "-"],
  ["*", "/", "%"],
];
const NOT_LEVEL = 3;
const COMPARISON_LEVEL = 3;

/** Reads expressions by precedence climbing. */
export abstract class ExpressionParser {
  readonly text: string;
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[], text: string) {
    this.#tokens = tokens;
    this.text = text;
  }

  abstract query(): Query;

  expression(): Expression {
    const test = this.#binary(0);
    if (!this.operator("?")) return test;
    const then = this.expression();
    this.expectOperator(":");
    const otherwise = this.expression();
    return { kind: "conditional", test, then, otherwise, start: test.start, end: otherwise.end };
  }

  /** What FROM and JOIN range over: a path, or a query in parentheses. */
  protected collection(): Expression {
    return this.#postfix();
  }

  /** The number or parameter after TOP, OFFSET, LIMIT. */
  protected countExpression(): Expression {
    const token = this.peek();
    if (token.kind !== "number" && token.kind !== "parameter") throw syntaxError(token.text);
    return this.#primary();
  }

  end(): void {
    if (this.peek().kind !== "end") throw syntaxError(this.peek().text);
  }

  protected peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#position + ahead, this.#tokens.length - 1)] as Token;
  }

  protected lastEnd(): number {
    return this.#tokens[this.#position - 1]?.end ?? 0;
  }

  protected keyword(word: string): boolean {
    return this.#accept("keyword", word);
  }

  protected operator(text: string): boolean {
    return this.#accept("operator", text);
  }

  protected expectKeyword(word: string): void {
    if (!this.keyword(word)) throw syntaxError(this.peek().text);
  }

  protected expectOperator(text: string): void {
    if (!this.operator(text)) throw syntaxError(this.peek().text);
  }

  protected name(): string {
    if (this.peek().kind !== "name") throw syntaxError(this.peek().text);
    return this.#next().text;
  }

  protected optionalName(): string | undefined {
    return this.peek().kind === "name" ? this.name() : undefined;
  }

  /** A name after AS; a quoted one is allowed too. */
  protected alias(): string {
    return this.peek().kind === "string" ? this.#next().text : this.name();
  }

  #accept(kind: Token["kind"], text: string): boolean {
    const token = this.peek();
    if (token.kind !== kind || token.text !== text) return false;
    this.#position++;
    return true;
  }

  #next(): Token {
    const token = this.peek();
    this.#position++;
    return token;
  }

  #binary(level: number): Expression {
    if (level === NOT_LEVEL && this.peek().text === "NOT" && this.peek().kind === "keyword") {
      const { start } = this.#next();
      const operand = this.#binary(NOT_LEVEL);
      return { kind: "unary", operator: "NOT", operand, start, end: operand.end };
    }
    const operators = LEVELS[level];
    if (!operators) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const token = this.peek();
      const special = level === COMPARISON_LEVEL ? this.#setComparison(left) : undefined;
      if (special) {
        left = special;
        continue;
      }
      const operator = operators.find((each) => each === token.text);
      if (operator === undefined || (token.kind !== "operator" && token.kind !== "keyword")) return left;
      this.#next();
      const right = this.#binary(level + 1);
      left = { kind: "binary", operator, left, right, start: left.start, end: right.end };
    }
  }

  /** `[NOT] IN (..)`, `[NOT] BETWEEN a AND b`, `[NOT] LIKE p [ESCAPE 'c']` after an operand. */
  #setComparison(operand: Expression): Expression | undefined {
    const following = this.peek(this.peek().text === "NOT" ? 1 : 0);
    if (following.kind !== "keyword" || !["IN", "BETWEEN", "LIKE"].includes(following.text)) return undefined;
    const negated = this.keyword("NOT");
    const { start } = operand;
    if (this.keyword("IN")) {
      this.expectOperator("(");
      const list = this.#list(")");
      return { kind: "in", operand, list, negated, start, end: this.lastEnd() };
    }
    if (this.keyword("BETWEEN")) {
      const low = this.#binary(COMPARISON_LEVEL + 1);
      this.expectKeyword("AND");
      const high = this.#binary(COMPARISON_LEVEL + 1);
      return { kind: "between", operand, low, high, negated, start, end: high.end };
    }
    this.expectKeyword("LIKE");
    const pattern = this.#binary(COMPARISON_LEVEL + 1);
    if (!this.keyword("ESCAPE")) return { kind: "like", operand, pattern, negated, start, end: pattern.end };
    if (this.peek().kind !== "string") throw syntaxError(this.peek().text);
    return { kind: "like", operand, pattern, escape: this.#next().text, negated, start, end: this.lastEnd() };
  }

  #unary(): Expression {
    const token = this.peek();
    if (token.kind === "operator" && (token.text === "-" || token.text === "+" || token.text === "~")) {
      this.#next();
      const operand = this.#unary();
      return { kind: "unary", operator: token.text, operand, start: token.start, end: operand.end };
    }
    return this.#postfix();
  }

  #postfix(): Expression {
    let object = this.#primary();
    for (;;) {
      if (this.operator(".")) {
        const property = this.#propertyName();
        object = { kind: "member", object, property, start: object.start, end: property.end };
      } else if (this.operator("[")) {
        const property = this.expression();
        this.expectOperator("]");
        object = { kind: "member", object, property, start: object.start, end: this.lastEnd() };
      } else return object;
    }
  }

  #propertyName(): Expression {
    const { start, end } = this.peek();
    return { kind: "literal", value: this.name(), start, end };
  }

  #primary(): Expression {
    const token = this.#next();
    const { start, end } = token;
    if (token.kind === "number") return { kind: "literal", value: Number(token.text), start, end };
    if (token.kind === "string") return { kind: "literal", value: token.text, start, end };
    if (token.kind === "parameter") return { kind: "parameter", name: token.text, start, end };
    if (token.kind === "name") {
      if (!this.operator("(")) return { kind: "name", name: token.text, start, end };
      return { kind: "call", name: token.text.toUpperCase(), args: this.#list(")"), start, end: this.lastEnd() };
    }
    if (token.kind === "keyword") return this.#keywordExpression(token);
    if (token.text === "(") return this.#parenthesized(start);
    if (token.text === "[") return { kind: "array", items: this.#list("]"), start, end: this.lastEnd() };
    if (token.text === "{") return this.#object(start);
    throw syntaxError(token.text);
  }

  #keywordExpression({ text, start, end }: Token): Expression {
    if (text === "TRUE" || text === "FALSE") return { kind: "literal", value: text === "TRUE", start, end };
    if (text === "NULL") return { kind: "literal", value: null, start, end };
    if (text === "UNDEFINED") return { kind: "literal", value: undefined, start, end };
    if (text === "EXISTS" || text === "ARRAY") {
      this.expectOperator("(");
      const query = this.query();
      this.expectOperator(")");
      return { kind: text === "EXISTS" ? "exists" : "arrayOf", query, start, end: this.lastEnd() };
    }
    throw syntaxError(text);
  }

  #parenthesized(start: number): Expression {
    if (this.peek().kind === "keyword" && this.peek().text === "SELECT") {
      const query = this.query();
      this.expectOperator(")");
      return { kind: "scalar", query, start, end: this.lastEnd() };
    }
    const inner = this.expression();
    this.expectOperator(")");
    return { ...inner, start, end: this.lastEnd() };
  }

  #object(start: number): Expression {
    const members: { name: string; value: Expression }[] = [];
    while (!this.operator("}")) {
      if (members.length > 0) this.expectOperator(",");
      const name = this.alias();
      this.expectOperator(":");
      members.push({ name, value: this.expression() });
    }
    return { kind: "object", members, start, end: this.lastEnd() };
  }

  #list(close: string): readonly Expression[] {
    const items: Expression[] = [];
    while (!this.operator(close)) {
      if (items.length > 0) this.expectOperator(",");
      items.push(this.expression());
    }
    return items;
  }
}
