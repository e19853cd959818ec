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

/** What the page may do: its own script, calls of this service, nothing from elsewhere. */
export const DOCS_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/** A page for people, made on the server from the OpenAPI document; every operation can be tried. */
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
        <p><label>Bearer token <input id="token" type="password" autocomplete="off" size="60" /></label>
          (local platform: <code>npx devfactory token</code>); it stays in this page.</p>
        <h2>Operations</h2>
        ${operations.map(operationEntry)}
        <h2>Schemas</h2>
        ${Object.entries(schemas).map(([name, schema]) => schemaEntry(name, schema))}
        <script src="docs/try.js" defer></script>
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
    ${tryForm(path, method, parameters, "application/json" in (operation.requestBody?.content ?? {}))}
  </details>`;
}

function tryForm(path: string, method: string, parameters: NonNullable<Operation["parameters"]>, takesJson: boolean) {
  return html`<form data-method="${method}" data-path="${path}">
    ${parameters.map(
      (each) =>
        html`<label><code>${each.name}</code> <input name="${each.name}" data-in="${each.in}" ${each.required ? "required" : ""} /></label> `,
    )}
    ${takesJson ? html`<p><label>JSON body<br /><textarea rows="6" cols="80" spellcheck="false"></textarea></label></p>` : ""}
    <p><button>Send</button></p>
    <pre><output></output></pre>
  </form>`;
}

function schemaEntry(name: string, schema: unknown) {
  return html`<details id="schema-${name}">
    <summary><code>${name}</code></summary>
    <pre>${JSON.stringify(schema, null, 2)}</pre>
  </details>`;
}
