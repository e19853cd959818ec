import { html, raw } from "hono/html";

/** The parts of an OpenAPI document that the page shows. */
interface ShownDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths?: unknown;
  readonly components?: unknown;
}

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, unknown>> };
  readonly responses?: Readonly<Record<string, { readonly description?: string }>>;
}

const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  details { border: 1px solid #8886; border-radius: .5rem; margin: .5rem 0; padding: .5rem 1rem; }
  summary { cursor: pointer; } code, pre { font: .9em ui-monospace, monospace; }
  .method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
  pre { overflow: auto; max-height: 30rem; } td, th { text-align: left; padding: .1rem 1rem .1rem 0; vertical-align: top; }
`;

/** A page for people, made on the server from the OpenAPI document: no script, nothing from elsewhere. */
export function docsPage(document: ShownDocument) {
  const paths = (document.paths ?? {}) as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  const { schemas = {} } = (document.components ?? {}) as { schemas?: Readonly<Record<string, unknown>> };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${document.info.title} API</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <h1>${document.info.title} API ${document.info.version}</h1>
        <p>${document.info.description ?? ""} Every call but health needs a bearer token of Entra with <code>Jobs.Read</code> or
          <code>Jobs.Write</code>. <a href="openapi.json">OpenAPI document</a></p>
        <h2>Operations</h2>
        ${operations.map(operationEntry)}
        <h2>Schemas</h2>
        ${Object.entries(schemas).map(([name, schema]) => schemaEntry(name, schema))}
      </body>
    </html>`;
}

function operationEntry({ path, method, operation }: { path: string; method: string; operation: Operation }) {
  const parameters = operation.parameters ?? [];
  const bodies = Object.entries(operation.requestBody?.content ?? {});
  return html`<details id="${operation.operationId ?? ""}">
    <summary><span class="method">${method.toUpperCase()}</span> <code>${path}</code> ${operation.summary ?? ""}</summary>
    <p><code>${operation.operationId ?? ""}</code> ${operation.description ?? ""}</p>
    <table>
      ${parameters.map((each) => html`<tr><td><code>${each.name}</code></td><td>${each.in}${each.required ? ", required" : ""}</td></tr>`)}
    </table>
    ${bodies.map(([type, body]) => html`<p>Body <code>${type}</code></p><pre>${JSON.stringify(body, null, 2)}</pre>`)}
    <table>
      ${Object.entries(operation.responses ?? {}).map(
        ([status, response]) => html`<tr><th>${status}</th><td>${response.description ?? ""}</td></tr>`,
      )}
    </table>
  </details>`;
}

function schemaEntry(name: string, schema: unknown) {
  return html`<details id="schema-${name}">
    <summary><code>${name}</code></summary>
    <pre>${JSON.stringify(schema, null, 2)}</pre>
  </details>`;
}
