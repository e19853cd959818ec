import type { Filter } from "../containerStore.ts";
import type { KeyPart } from "../partitionKey.ts";
import type { Expression, Query } from "./ast.ts";
import type { Value } from "./value.ts";

/** What the store can check by itself before the query sees an item; the query still checks everything. */
export interface Pushdown {
  /** The partition key, when the query fixes each component of it. */
  readonly key: readonly KeyPart[] | undefined;
  readonly id: string | undefined;
  readonly filters: readonly Filter[];
}

/** SQLite reads JSON text by itself; only values that both sides surely read alike are compared there. */
const PLAIN_TEXT = /^[ !#-[\]-~]*$/;
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Finds `c.a.b = constant` among the conditions that AND joins at the top of WHERE. */
export function pushdown(
  query: Query,
  parameters: ReadonlyMap<string, Value>,
  keyPaths: readonly (readonly string[])[],
): Pushdown {
  const equalities = new Map<string, KeyPart>();
  const alias = rootAlias(query);
  if (query.where && alias !== undefined) {
    for (const condition of conjuncts(query.where)) {
      const found = equality(condition, alias, parameters);
      if (found) equalities.set(found.path.join("/"), found.value);
    }
  }
  const key = keyPaths.map((path) => equalities.get(path.join("/")));
  const id = equalities.get("id");
  const filters: Filter[] = [];
  for (const [path, value] of equalities) {
    const names = path.split("/");
    const plain = typeof value === "number" || (typeof value === "string" && PLAIN_TEXT.test(value));
    if (plain && names.every((name) => PLAIN_NAME.test(name))) filters.push({ path: names, value });
  }
  return {
    key: key.every((part) => part !== undefined) ? key : undefined,
    id: typeof id === "string" ? id : undefined,
    filters: filters.filter(
      ({ path }) => path[0] !== "id" && !keyPaths.some((each) => each.join("/") === path.join("/")),
    ),
  };
}

/** The name of the item itself, when the first source is the container. */
function rootAlias(query: Query): string | undefined {
  const [first] = query.sources;
  return first && !first.iterate && first.expression.kind === "name" ? first.alias : undefined;
}

function conjuncts(expression: Expression): readonly Expression[] {
  if (expression.kind !== "binary" || expression.operator !== "AND") return [expression];
  return [...conjuncts(expression.left), ...conjuncts(expression.right)];
}

function equality(expression: Expression, alias: string, parameters: ReadonlyMap<string, Value>) {
  if (expression.kind !== "binary" || expression.operator !== "=") return undefined;
  for (const [side, other] of [
    [expression.left, expression.right],
    [expression.right, expression.left],
  ] as const) {
    const path = pathOf(side, alias);
    const value = constant(other, parameters);
    if (path && value !== undefined && typeof value !== "object") return { path, value: value as KeyPart };
  }
  return undefined;
}

function pathOf(expression: Expression, alias: string): readonly string[] | undefined {
  if (expression.kind === "name") return expression.name === alias ? [] : undefined;
  if (expression.kind !== "member" || expression.property.kind !== "literal") return undefined;
  const path = pathOf(expression.object, alias);
  const name = expression.property.value;
  return path && typeof name === "string" && !name.includes("/") ? [...path, name] : undefined;
}

function constant(expression: Expression, parameters: ReadonlyMap<string, Value>): Value {
  if (expression.kind === "literal") return expression.value;
  return expression.kind === "parameter" ? parameters.get(expression.name) : undefined;
}
