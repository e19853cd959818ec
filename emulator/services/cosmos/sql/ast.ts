/** Where a piece of the query stands in its text, so that the query plan can quote it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type BinaryOperator =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "&"
  | "|"
  | "^"
  | "<<"
  | ">>"
  | ">>>"
  | "="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "||"
  | "??"
  | "AND"
  | "OR";

export type Expression = Span &
  (
    | { readonly kind: "literal"; readonly value: null | boolean | number | string | undefined }
    | { readonly kind: "parameter"; readonly name: string }
    | { readonly kind: "name"; readonly name: string }
    | { readonly kind: "member"; readonly object: Expression; readonly property: Expression }
    | { readonly kind: "array"; readonly items: readonly Expression[] }
    | { readonly kind: "object"; readonly members: readonly { readonly name: string; readonly value: Expression }[] }
    | { readonly kind: "unary"; readonly operator: "-" | "+" | "~" | "NOT"; readonly operand: Expression }
    | {
        readonly kind: "binary";
        readonly operator: BinaryOperator;
        readonly left: Expression;
        readonly right: Expression;
      }
    | {
        readonly kind: "conditional";
        readonly test: Expression;
        readonly then: Expression;
        readonly otherwise: Expression;
      }
    | {
        readonly kind: "in";
        readonly operand: Expression;
        readonly list: readonly Expression[];
        readonly negated: boolean;
      }
    | {
        readonly kind: "between";
        readonly operand: Expression;
        readonly low: Expression;
        readonly high: Expression;
        readonly negated: boolean;
      }
    | {
        readonly kind: "like";
        readonly operand: Expression;
        readonly pattern: Expression;
        readonly escape?: string;
        readonly negated: boolean;
      }
    | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
    | { readonly kind: "exists" | "arrayOf" | "scalar"; readonly query: Query }
  );

/** One source of FROM or JOIN: `expression AS alias`, or `alias IN expression`. */
export interface Source {
  readonly alias: string;
  /** With IN each element of an array becomes a row; without it the value itself. */
  readonly iterate: boolean;
  /** A name that is not in scope is the container. */
  readonly expression: Expression;
}

export type Selection =
  | { readonly kind: "all" }
  | { readonly kind: "value"; readonly value: Expression }
  | { readonly kind: "list"; readonly items: readonly { readonly name: string; readonly value: Expression }[] };

export interface OrderItem {
  readonly value: Expression;
  readonly descending: boolean;
}

export interface Query {
  /** The whole text that the spans point into. */
  readonly text: string;
  readonly distinct: boolean;
  readonly top?: Expression;
  readonly select: Selection;
  readonly sources: readonly Source[];
  /** The name that stands for the container. */
  readonly root?: string;
  readonly fromSpan?: Span;
  readonly where?: Expression;
  readonly groupBy?: readonly Expression[];
  readonly orderBy?: readonly OrderItem[];
  readonly offset?: Expression;
  readonly limit?: Expression;
}
