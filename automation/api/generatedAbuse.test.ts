import { expect, it } from "vitest";
import { testApi } from "./testApi.ts";

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

interface Operation {
  readonly operationId: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

const { json: document } = await testApi().call("GET", "/openapi.json", undefined, "");
const schemas = (document.components?.schemas ?? {}) as Readonly<Record<string, Schema>>;
const OPERATIONS = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })),
);

const resolved = (schema: Schema): Schema =>
  schema.$ref ? (schemas[schema.$ref.split("/").at(-1) ?? ""] ?? {}) : schema;
const LONG = "a".repeat(200_000);
/** A value of a type that a schema does not take; nothing when it takes all. */
function wrongFor(given: Schema): { readonly value: unknown } | undefined {
  const schema = resolved(given);
  if (schema.anyOf ?? schema.oneOf ?? schema.allOf) return { value: 7.5 };
  if (schema.type === undefined && !schema.enum) return undefined;
  return { value: schema.type === "object" ? "text" : { an: "object" } };
}
const isText = (given: Schema) => [resolved(given).type].flat().includes("string");

interface Attack {
  readonly name: string;
  readonly method: string;
  readonly address: string;
  readonly body?: unknown;
  /** Where the answer must say that the mistake is. */
  readonly at?: string;
}

/** Mistakes of each parameter and each field of a body, made from what the document says of them. */
function attacksOn({ method, path, operationId, parameters = [], requestBody }: (typeof OPERATIONS)[number]) {
  const good = (name: string) => resolved(parameters.find((each) => each.name === name)?.schema ?? {}).enum?.[0];
  const address = (values: Readonly<Record<string, string>>) =>
    path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? String(good(name) ?? "azzzzzzzzz"));
  const own: Attack[] = [];
  for (const { name, in: where, schema } of parameters) {
    const base = { name: `${operationId}: ${name}`, method, at: name };
    if (where === "path") own.push({ ...base, address: address({ [name]: "a".repeat(4_000) }) });
    if (where !== "query") continue;
    own.push({ ...base, name: `${base.name} twice`, address: `${address({})}?${name}=1&${name}=2` });
    if (!isText(schema) || resolved(schema).enum) {
      for (const value of ["abc", "-1", "1e400", "{}"])
        own.push({ ...base, name: `${base.name}=${value}`, address: `${address({})}?${name}=${value}` });
    }
  }
  const body = requestBody?.content["application/json"]?.schema;
  const { properties = {}, additionalProperties, type } = body ? resolved(body) : {};
  if (!body) return own;
  const send = (name: string, value: unknown, at?: string): Attack => ({
    name: `${operationId}: ${name}`,
    method,
    address: address({}),
    body: value,
    ...(at !== undefined && { at }),
  });
  for (const value of [null, 5, "text", [], true]) own.push(send(`the body ${JSON.stringify(value)}`, value, ""));
  for (const [name, schema] of Object.entries(properties)) {
    const wrong = wrongFor(schema);
    if (wrong) own.push(send(`${name} of a wrong type`, { [name]: wrong.value }, name));
    if (isText(schema)) own.push(send(`${name} of 200 kB`, { [name]: LONG }, name));
    const items = resolved(schema).items;
    if (items) own.push(send(`30,000 ${name}`, { [name]: Array.from({ length: 30_000 }, () => "a") }));
  }
  if (type === "object" && additionalProperties === false)
    own.push(send("an unknown key", { isAdmin: true, tenantId: "t2" }, ""));
  return own;
}

/** They are signed: without a signature nothing is read. */
const SIGNED = new Set(["receiveGitHub", "receiveAzureDevOps", "receiveStripe"]);
/** Answers in the older service's shape. */
const OLDER = new Set(["deployV2"]);
const ATTACKS = OPERATIONS.filter(({ operationId }) => !OLDER.has(operationId)).flatMap(attacksOn);

it("every operation that takes something is attacked", () => {
  const attacked = new Set(ATTACKS.map(({ name }) => name.split(":")[0]));
  const takes = OPERATIONS.filter(({ parameters = [], requestBody, operationId }) => {
    const open = parameters.some((each) => each.in !== "header") || requestBody?.content["application/json"];
    return open && !OLDER.has(operationId);
  });
  expect(takes.map(({ operationId }) => operationId).filter((id) => !attacked.has(id))).toEqual([]);
});

it.each(ATTACKS.map((attack) => [attack.name, attack] as const))(
  "%s is refused with code, field and fix",
  async (name, attack) => {
    const { call } = testApi();
    const begin = performance.now();
    const { status, headers, json } = await call(
      attack.method,
      attack.address,
      attack.body === undefined ? undefined : JSON.stringify(attack.body),
      "t1.u1.operator",
    );
    expect(performance.now() - begin).toBeLessThan(1_000);
    expect([status >= 400 && status < 500, headers.get("content-type")]).toEqual([true, "application/problem+json"]);
    expect([json.code, json.detail, json.fix].every((text) => typeof text === "string" && text.length > 5)).toBe(true);
    if (status === 413 || status === 404 || SIGNED.has(name.split(":")[0] ?? "")) return;
    expect([400, 422, 503]).toContain(status);
    const { at } = attack;
    if (json.code !== "INVALID_REQUEST" || at === undefined) return;
    const paths = json.errors.map((each: { path: string }) => each.path);
    // A field of one form of several is named by the form as a whole.
    expect(paths.some((path: string) => path === at || path.startsWith(`${at}.`) || path === "")).toBe(true);
  },
);

const TAKE_JSON = OPERATIONS.filter(
  ({ requestBody, operationId }) => requestBody?.content["application/json"] && !OLDER.has(operationId),
);

it.each(TAKE_JSON.map(({ operationId, method, path }) => ({ operationId, method, path })))(
  "$operationId: a body is bounded, and read before the route does",
  async ({ operationId, method, path }) => {
    const { call } = testApi();
    const address = path.replace(/\{(\w+)\}/g, "azzzzzzzzz");
    const send = (body: string) =>
      call(method, address, Buffer.from(body), undefined, { "content-type": "application/json" });
    const huge = await send(`{"a":"${"a".repeat(70 * 2 ** 20)}"}`);
    expect([huge.status, huge.json.code]).toEqual([413, "BODY_TOO_LARGE"]);
    if (SIGNED.has(operationId)) return; // nothing of them is read before the signature is checked
    const doubled = await send('{"a":1,"a":2}');
    expect([doubled.status, doubled.json.code]).toEqual([400, "MALFORMED_BODY"]);
  },
);
