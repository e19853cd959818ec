import type { AppSpec, DataModel, Entity, Field, View } from "@devfactory/stacks/spec/index.ts";
import { camel, type Files, literal } from "../files.ts";
import { article } from "./entityFile.ts";
import { sampleValue } from "./samples.ts";

/** Tests of the app's behaviour through its API, one file for each entity and one for the rest. */
export function testFiles(spec: AppSpec, model: DataModel): Files {
  const files: Files = { "backend/tests/app.test.ts": appTest(spec, model) };
  for (const entity of model.entities)
    files[`backend/tests/${entity.plural}.test.ts`] = entityTest(spec, model, entity);
  for (const view of model.views) files[`backend/tests/view-${view.name}.test.ts`] = viewTest(spec, model, view);
  return files;
}

function header(spec: AppSpec): string {
  return `import assert from "node:assert/strict";
import { test } from "node:test";
import { entities } from "../entities/index.ts";
import { testApi } from "../testing.ts";
import { views } from "../views.ts";

const api = testApi(${JSON.stringify(spec.title)}, entities, views);
`;
}

function appTest(spec: AppSpec, model: DataModel): string {
  const first = model.entities[0];
  return `${header(spec)}
test("the page, its script and the health are served with safe headers", async () => {
  for (const path of ["/", "/app.js", "/style.css", "/health"]) {
    const { status, headers } = await api.request("GET", path);
    assert.equal(status, 200, path);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.match(headers.get("content-security-policy") ?? "", /script-src 'self'(;|$)/);
    assert.match(headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/);
  }
});

test("the API describes every entity", async () => {
  const { status, body } = await api.request("GET", "/openapi.json");
  assert.equal(status, 200);
  const paths = Object.keys(body.paths as object);
  for (const entity of entities) assert.ok(paths.includes(\`/api/\${entity.plural}/{id}\`), entity.plural);
});

test("malformed JSON, other content and unknown addresses are refused", async () => {
  assert.equal((await api.request("POST", "/api/${first?.plural}", "{")).status, 400);
  assert.equal((await api.request("POST", "/api/${first?.plural}")).status, 415);
  assert.equal((await api.request("GET", "/api/nothing-like-this")).status, 404);
  assert.equal((await api.request("GET", "/../package.json")).status, 404);
});

test("a body that is too large is refused", async () => {
  const { status } = await api.request("POST", "/api/${first?.plural}", { text: "x".repeat(300_000) });
  assert.equal(status, 413);
});
`;
}

function entityTest(spec: AppSpec, model: DataModel, entity: Entity): string {
  const lines = new Setup(model);
  const valid = lines.values(entity, 0);
  const parts = [
    crudTest(entity, lines.setup, valid),
    validationTest(entity, lines.setup, valid),
    searchTest(entity, lines.setup, valid),
  ];
  const reference = entity.fields.find((field) => field.type === "reference");
  if (reference) parts.push(referenceTest(entity, reference, lines.setup, valid));
  const target = model.entities.find((each) => each.name === reference?.entity);
  if (reference && target && target !== entity) parts.push(deleteTest(entity, target, reference, lines.setup, valid));
  return `${header(spec)}
${parts.filter(Boolean).join("\n")}`;
}

function crudTest(entity: Entity, setup: string, valid: string): string {
  const plain = entity.fields.find((field) => field.type !== "reference");
  const changed = plain ? `{ ${plain.name}: ${JSON.stringify(sampleValue(entity, plain, 1))} }` : "{}";
  return `test("${article(entity.label)} can be created, read, changed, replaced and deleted", async () => {
${setup}  const values = ${valid};
  const created = await api.create("${entity.plural}", values);
  const path = \`/api/${entity.plural}/\${created.id}\`;
  const read = await api.request("GET", path);
  assert.equal(read.status, 200);
  assert.deepEqual(read.body, { ...read.body, ...values, id: created.id });
  const changed = await api.request("PATCH", path, ${changed});
  assert.deepEqual([changed.status, changed.body], [200, { ...changed.body, ...values, ...${changed} }]);
  const replaced = await api.request("PUT", path, values);
  assert.deepEqual([replaced.status, replaced.body], [200, { ...replaced.body, ...values }]);
  assert.equal((await api.request("DELETE", path)).status, 204);
  assert.equal((await api.request("GET", path)).status, 404);
});
`;
}

function validationTest(entity: Entity, setup: string, valid: string): string {
  const required = entity.fields.filter((field) => field.required).map((field) => field.name);
  const missing = `  const missing = await api.request("POST", "/api/${entity.plural}", {});
  assert.equal(missing.status, 422);
  assert.deepEqual(missing.body.errors?.map((error) => error.field), ${literal(required)});
`;
  return `test("${article(entity.label)} that is not valid is refused with the names of the fields", async () => {
${setup}${required.length > 0 ? missing : ""}  const unknown = await api.request("POST", "/api/${entity.plural}", { ...${valid}, notAField: 1 });
  assert.equal(unknown.status, 422);
  assert.deepEqual(unknown.body.errors?.map((error) => error.field), ["notAField"]);
  assert.equal((await api.request("GET", "/api/${entity.plural}/no-such-id")).status, 404);
  assert.equal((await api.request("GET", "/api/${entity.plural}?limit=0")).status, 422);
});
`;
}

function searchTest(entity: Entity, setup: string, valid: string): string {
  const field = entity.fields.find((each) => each.type === "text");
  if (!field) return "";
  return `test("${entity.labelPlural.toLowerCase()} are found by words and by field, page by page", async () => {
${setup}  const word = "Needle100%";
  const made = await api.create("${entity.plural}", { ...${valid}, ${field.name}: \`\${word} one\` });
  await api.create("${entity.plural}", { ...${valid.replace(/@example/, "2@example")}, ${field.name}: \`\${word} two\` });
  const found = await api.request("GET", "/api/${entity.plural}?q=nEEDLE100%25&limit=1");
  assert.deepEqual([found.status, found.body.total, found.body.items?.length], [200, 2, 1]);
  const one = await api.request("GET", \`/api/${entity.plural}?${field.name}=\${encodeURIComponent(\`\${word} one\`)}\`);
  assert.deepEqual(one.body.items?.map((item) => item.id), [made.id]);
  assert.equal((await api.request("GET", "/api/${entity.plural}?notAField=1")).status, 422);
});
`;
}

function referenceTest(entity: Entity, field: Field, setup: string, valid: string): string {
  return `test("${article(entity.label)} cannot refer to ${article(field.label)} that does not exist", async () => {
${setup}  const values = { ...${valid}, ${field.name}: "00000000-0000-4000-8000-000000000000" };
  const answer = await api.request("POST", "/api/${entity.plural}", values);
  assert.deepEqual([answer.status, answer.body.errors?.map((error) => error.field)], [422, ["${field.name}"]]);
});
`;
}

function deleteTest(entity: Entity, target: Entity, field: Field, setup: string, valid: string): string {
  return `test("${article(target.label)} with ${entity.labelPlural.toLowerCase()} cannot be deleted", async () => {
${setup}  const item = await api.create("${entity.plural}", ${valid});
  const path = \`/api/${target.plural}/\${item.${field.name}}\`;
  assert.equal((await api.request("DELETE", path)).status, 409);
});
`;
}

function viewTest(spec: AppSpec, model: DataModel, view: View): string {
  const entity = model.entities.find((each) => each.name === view.entity);
  if (!entity) return "";
  const lines = new Setup(model);
  const values = lines.values(entity, 0);
  const matching = view.filters.map((filter) => {
    const type = entity.fields.find((each) => each.name === filter.field)?.type;
    return `${filter.field}: ${filterSample(entity, filter, type, true)}`;
  });
  const other = view.filters[0];
  const type = entity.fields.find((each) => each.name === other?.field)?.type;
  const failing = other ? `{ ...matching, ${other.field}: ${filterSample(entity, other, type, false)} }` : undefined;
  return `${header(spec)}
/** A day or moment so many days from now. */
const days = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString();

test("the view ${view.title.toLowerCase()} shows what it should and nothing else", async () => {
${lines.setup}  const matching = { ...${values}, ${matching.join(", ")} };
  const shown = await api.create("${entity.plural}", matching);
${failing ? `  const hidden = await api.create("${entity.plural}", ${failing});\n` : ""}  const { status, body } = await api.request("GET", "/api/views/${view.name}?limit=200");
  const ids = body.items?.map((item) => item.id) ?? [];
  assert.deepEqual([status, ids.includes(shown.id)${failing ? ", ids.includes(hidden.id)" : ""}], [200, true${failing ? ", false" : ""}]);
});
`;
}

function filterSample(
  entity: Entity,
  filter: View["filters"][number],
  type: string | undefined,
  matches: boolean,
): string {
  if (filter.op === "equals" || filter.op === "notEquals") {
    const same = (filter.op === "equals") === matches;
    if (same) return literal(filter.value);
    const field = entity.fields.find((each) => each.name === filter.field);
    if (type === "boolean") return literal(!filter.value);
    return literal(field?.choices?.find((choice) => choice !== filter.value) ?? `not ${filter.value}`);
  }
  const wanted = filter.op === "past" ? -3 : filter.op === "upcoming" ? 3 : 0;
  const days = matches ? wanted : wanted === 0 ? 5 : -wanted;
  return type === "date" ? `days(${days}).slice(0, 10)` : `days(${days})`;
}

/** Builds the values of a valid item, and the lines that create what it refers to. */
class Setup {
  readonly #model: DataModel;
  readonly #made = new Map<string, string>();
  setup = "";

  constructor(model: DataModel) {
    this.#model = model;
  }

  values(entity: Entity, index: number, path: readonly string[] = []): string {
    const parts = entity.fields.flatMap((field) => {
      if (field.type !== "reference") return [`${field.name}: ${JSON.stringify(sampleValue(entity, field, index))}`];
      const target = this.#model.entities.find((each) => each.name === field.entity);
      if (!target || path.includes(target.name) || target === entity) return [];
      return [`${field.name}: ${this.#reference(target, [...path, entity.name])}.id`];
    });
    return `{ ${parts.join(", ")} }`;
  }

  #reference(target: Entity, path: readonly string[]): string {
    const known = this.#made.get(target.name);
    if (known) return known;
    const name = `${camel(target.name)}Item`;
    const values = this.values(target, 0, path);
    this.#made.set(target.name, name);
    this.setup += `  const ${name} = await api.create("${target.plural}", ${values});\n`;
    return name;
  }
}
