import { badRequest } from "../errors.ts";
import { type AggregateCall, isAggregate } from "./aggregates.ts";
import type { Expression, Query, Source } from "./ast.ts";
import { FUNCTIONS } from "./functions.ts";
import { and, likePattern, OPERATIONS, or } from "./operators.ts";
import { runNested } from "./run.ts";
import { type Environment, type Evaluate, Scope } from "./scope.ts";
import { equals, isArray, isObject, type Value } from "./value.ts";

/** A query turned into closures; it holds no data and may be kept and run many times. */
export interface CompiledQuery {
  readonly query: Query;
  /**
   * Visits the rows that one document gives (JOINs multiplied out, WHERE applied).
   *
   * @param visit is called with the slots set; answers false to stop
   * @returns false when stopped
   */
  rows(environment: Environment, document: Value, visit: () => boolean): boolean;
  readonly project: Evaluate;
  readonly orderKeys: readonly Evaluate[];
  readonly groupKeys: readonly Evaluate[] | undefined;
  readonly aggregates: readonly AggregateCall[];
  readonly top: Evaluate | undefined;
  readonly offset: Evaluate | undefined;
  readonly limit: Evaluate | undefined;
}

/** @throws {CosmosError} 400 for unknown names and functions, and aggregates where none may stand */
export function compile(query: Query, parent?: Scope): CompiledQuery {
  const scope = new Scope(parent);
  const rows = compileRows(query, scope);
  const aggregates: AggregateCall[] = [];
  scope.aggregates = aggregates;
  const project = compileSelection(query, scope);
  scope.aggregates = undefined;
  const optional = (expression: Expression | undefined) => expression && compileExpression(expression, scope);
  return {
    query,
    rows,
    project,
    orderKeys: (query.orderBy ?? []).map((item) => compileExpression(item.value, scope)),
    groupKeys: query.groupBy?.map((key) => compileExpression(key, scope)),
    aggregates,
    top: optional(query.top),
    offset: optional(query.offset),
    limit: optional(query.limit),
  };
}

function compileRows(query: Query, scope: Scope): CompiledQuery["rows"] {
  const [first] = query.sources;
  const outer = first && scope.find(containerName(first.expression) ?? "");
  const rootSlot = outer ?? scope.bind(query.root ?? "");
  const nested = outer !== undefined;
  const sources = query.sources.map((source, index) => compileSource(source, index === 0, rootSlot, scope));
  const where = query.where && compileExpression(query.where, scope);
  return (environment, document, visit) => {
    if (!nested) environment.slots[rootSlot] = document;
    const step = (index: number): boolean => {
      const source = sources[index];
      if (!source) return where && where(environment) !== true ? true : visit();
      const value = source.value(environment);
      if (!source.iterate) {
        if (value === undefined) return true;
        environment.slots[source.slot] = value;
        return step(index + 1);
      }
      if (!isArray(value)) return true;
      for (const item of value) {
        environment.slots[source.slot] = item;
        if (!step(index + 1)) return false;
      }
      return true;
    };
    return step(0);
  };
}

function compileSource(source: Source, first: boolean, rootSlot: number, scope: Scope) {
  const { expression, iterate, alias } = source;
  const isRoot = first && expression.kind === "name" && scope.find(expression.name) === undefined;
  const value: Evaluate = isRoot
    ? ({ slots }) => slots[rootSlot]
    : expression.kind === "scalar" && iterate // JOIN x IN (SELECT VALUE ..): each value of the query is an element
      ? compileArray(expression.query, scope)
      : compileExpression(expression, scope);
  return { iterate, value, slot: scope.bind(alias) };
}

function containerName(expression: Expression): string | undefined {
  if (expression.kind === "name") return expression.name;
  return expression.kind === "member" ? containerName(expression.object) : undefined;
}

function compileSelection(query: Query, scope: Scope): Evaluate {
  const { select } = query;
  if (select.kind === "value") return compileExpression(select.value, scope);
  if (select.kind === "all") {
    const source = query.sources[0];
    if (!source) throw badRequest("'SELECT *' is not valid if FROM clause is omitted.");
    const slot = scope.resolve(source.alias);
    return ({ slots }) => slots[slot];
  }
  return compileMembers(select.items, scope);
}

function compileMembers(
  items: readonly { readonly name: string; readonly value: Expression }[],
  scope: Scope,
): Evaluate {
  const members = items.map(({ name, value }) => [name, compileExpression(value, scope)] as const);
  return (environment) => {
    const result: Record<string, Value> = {};
    for (const [name, evaluate] of members) {
      const value = evaluate(environment);
      if (value !== undefined) result[name] = value;
    }
    return result;
  };
}

function compileArray(query: Query, scope: Scope): Evaluate {
  const inner = compile(query, scope);
  return (environment) => runNested(inner, environment);
}

/** Turns an expression into a closure over slots, parameters and aggregates. */
function compileExpression(expression: Expression, scope: Scope): Evaluate {
  switch (expression.kind) {
    case "literal": {
      const { value } = expression;
      return () => value;
    }
    case "parameter": {
      const { name } = expression;
      return ({ parameters }) => {
        if (!parameters.has(name)) throw badRequest(`The parameter '${name}' is not given.`);
        return parameters.get(name);
      };
    }
    case "name": {
      const slot = scope.resolve(expression.name);
      return ({ slots }) => slots[slot];
    }
    case "member":
      return compileMember(expression.object, expression.property, scope);
    case "array": {
      const items = expression.items.map((item) => compileExpression(item, scope));
      return (environment) => items.map((item) => item(environment)).filter((value) => value !== undefined);
    }
    case "object":
      return compileMembers(expression.members, scope);
    case "call":
      return compileCall(expression.name, expression.args, scope);
    case "exists": {
      const inner = compile(expression.query, scope);
      return (environment) => runNested(inner, environment).length > 0;
    }
    case "arrayOf":
      return compileArray(expression.query, scope);
    case "scalar": {
      const inner = compile(expression.query, scope);
      return (environment) => runNested(inner, environment)[0];
    }
    default:
      return compileOperator(expression, scope);
  }
}

type Operator = Extract<Expression, { kind: "unary" | "binary" | "conditional" | "in" | "between" | "like" }>;

function compileOperator(expression: Operator, scope: Scope): Evaluate {
  const sub = (each: Expression) => compileExpression(each, scope);
  switch (expression.kind) {
    case "unary":
      return compileUnary(expression.operator, sub(expression.operand));
    case "binary":
      return compileBinary(expression.operator, sub(expression.left), sub(expression.right));
    case "conditional": {
      const [test, then, otherwise] = [sub(expression.test), sub(expression.then), sub(expression.otherwise)];
      return (environment) => (test(environment) === true ? then : otherwise)(environment);
    }
    case "in": {
      const operand = sub(expression.operand);
      const list = expression.list.map(sub);
      return negatable(expression.negated, (environment) => {
        const value = operand(environment);
        if (value === undefined) return undefined;
        return list.some((item) => equals(item(environment), value));
      });
    }
    case "between": {
      const [operand, low, high] = [sub(expression.operand), sub(expression.low), sub(expression.high)];
      return negatable(expression.negated, (environment) => {
        const value = operand(environment);
        return and(OPERATIONS[">="](value, low(environment)), OPERATIONS["<="](value, high(environment)));
      });
    }
    case "like":
      return compileLike(expression, scope);
  }
}

function compileLike(expression: Extract<Expression, { kind: "like" }>, scope: Scope): Evaluate {
  const operand = compileExpression(expression.operand, scope);
  const pattern = compileExpression(expression.pattern, scope);
  let last: { readonly text: string; readonly test: RegExp } | undefined;
  return negatable(expression.negated, (environment) => {
    const [value, text] = [operand(environment), pattern(environment)];
    if (typeof value !== "string" || typeof text !== "string") return undefined;
    if (last?.text !== text) last = { text, test: likePattern(text, expression.escape) };
    return last.test.test(value);
  });
}

function negatable(negated: boolean, evaluate: Evaluate): Evaluate {
  return negated ? compileUnary("NOT", evaluate) : evaluate;
}

function compileUnary(operator: "-" | "+" | "~" | "NOT", operand: Evaluate): Evaluate {
  if (operator === "NOT") {
    return (environment) => {
      const value = operand(environment);
      return typeof value === "boolean" ? !value : undefined;
    };
  }
  return (environment) => {
    const value = operand(environment);
    if (typeof value !== "number") return undefined;
    if (operator === "-") return -value;
    return operator === "+" ? value : ~value;
  };
}

function compileBinary(
  operator: keyof typeof OPERATIONS | "AND" | "OR" | "??",
  left: Evaluate,
  right: Evaluate,
): Evaluate {
  if (operator === "AND") {
    return (environment) => {
      const value = left(environment);
      return value === false ? false : and(value, right(environment));
    };
  }
  if (operator === "OR") {
    return (environment) => {
      const value = left(environment);
      return value === true ? true : or(value, right(environment));
    };
  }
  if (operator === "??") return (environment) => left(environment) ?? right(environment);
  const operate = OPERATIONS[operator];
  return (environment) => operate(left(environment), right(environment));
}

function compileMember(object: Expression, property: Expression, scope: Scope): Evaluate {
  const from = compileExpression(object, scope);
  if (property.kind === "literal") {
    const key = property.value;
    return (environment) => member(from(environment), key);
  }
  const key = compileExpression(property, scope);
  return (environment) => member(from(environment), key(environment));
}

function member(value: Value, key: Value): Value {
  if (isArray(value)) return typeof key === "number" ? value[key] : undefined;
  if (!isObject(value) || typeof key !== "string") return undefined;
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function compileCall(name: string, args: readonly Expression[], scope: Scope): Evaluate {
  if (isAggregate(name)) {
    const [argument] = args;
    const { aggregates } = scope;
    if (!aggregates || !argument || args.length !== 1) throw badRequest(`The aggregate '${name}' is not allowed here.`);
    scope.aggregates = undefined; // none inside another
    const index = aggregates.push({ name, argument: compileExpression(argument, scope) }) - 1;
    scope.aggregates = aggregates;
    return (environment) => environment.aggregates[index];
  }
  const known = FUNCTIONS.get(name);
  if (!known) {
    throw badRequest(
      `{"errors":[{"severity":"Error","code":"SC2005","message":"'${name}' is not a recognized built-in function name."}]}`,
    );
  }
  if (args.length < known.min || args.length > known.max) {
    throw badRequest(
      `{"errors":[{"severity":"Error","code":"SC2051","message":"The function '${name}' takes ${known.min} to ${known.max} arguments."}]}`,
    );
  }
  const values = args.map((each) => compileExpression(each, scope));
  const { call, total } = known;
  return (environment) => {
    const given: Value[] = [];
    for (const each of values) {
      const value = each(environment);
      if (value === undefined && !total) return undefined;
      given.push(value);
    }
    return call(given, environment.nowMs);
  };
}
