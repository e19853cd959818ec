import { armError } from "../errors.ts";
import { isObject } from "../json.ts";
import type { Answer, ControlPlane, Exchange } from "../plane.ts";
import { newEtag } from "../store.ts";

/** `{scope}/providers/Microsoft.Resources/tags/default`: GET, PUT (replace), PATCH (`Merge`, `Replace`, `Delete`), DELETE. */
export function tagsAnswer(plane: ControlPlane, exchange: Exchange, scope: string): Answer {
  const stored = plane.store.stored(scope);
  if (!stored) throw armError("ResourceNotFound", { type: "Microsoft.Resources/tags", name: "default", scope });
  const tags = (stored.top.tags ?? {}) as Readonly<Record<string, string>>;
  if (exchange.method === "GET") return answer(scope, tags);
  const body = isObject(exchange.body) ? exchange.body : {};
  const given = isObject(body.properties) && isObject(body.properties.tags) ? body.properties.tags : {};
  const operation = exchange.method === "PATCH" ? String(body.operation ?? "Merge") : "Replace";
  const wanted: Readonly<Record<string, unknown>> = exchange.method === "DELETE" ? {} : given;
  const next = changed(tags, wanted, operation);
  plane.store.save({ ...stored, top: { ...stored.top, tags: next }, etag: newEtag() });
  return exchange.method === "DELETE" ? { status: 200 } : answer(scope, next);
}

function changed(
  tags: Readonly<Record<string, string>>,
  given: Readonly<Record<string, unknown>>,
  operation: string,
): Readonly<Record<string, unknown>> {
  if (operation === "Merge") return { ...tags, ...given };
  if (operation === "Delete") return Object.fromEntries(Object.entries(tags).filter(([name]) => !(name in given)));
  return given;
}

function answer(scope: string, tags: Readonly<Record<string, unknown>>): Answer {
  const id = `${scope}/providers/Microsoft.Resources/tags/default`;
  return { status: 200, body: { id, name: "default", type: "Microsoft.Resources/tags", properties: { tags } } };
}
