/** The parts of a request form of the page at `/docs`. */
export interface FormValues {
  /** Method and path as the document has them: `post /jobs/{id}/cancel`. */
  readonly method: string;
  readonly path: string;
  readonly fields: readonly { readonly name: string; readonly in: string; readonly value: string }[];
  readonly body: string;
  readonly token: string;
}

/** The request of a filled form; empty fields are left out. Has no name of its module inside: the page gets its text. */
export function requestOf(base: string, form: FormValues): { readonly url: string; readonly init: RequestInit } {
  const given = form.fields.filter(({ value }) => value !== "");
  const path = given
    .filter((field) => field.in === "path")
    .reduce((text, { name, value }) => text.replace(`{${name}}`, encodeURIComponent(value)), form.path);
  const query = new URLSearchParams(
    given.filter((field) => field.in === "query").map(({ name, value }) => [name, value]),
  ).toString();
  const headers = Object.fromEntries([
    ...given.filter((field) => field.in === "header").map(({ name, value }) => [name, value]),
    ...(form.token === "" ? [] : [["authorization", `Bearer ${form.token}`]]),
    ...(form.body === "" ? [] : [["content-type", "application/json"]]),
  ]);
  const body = form.body === "" ? {} : { body: form.body };
  return {
    url: base + path + (query === "" ? "" : `?${query}`),
    init: { method: form.method.toUpperCase(), headers, ...body },
  };
}

/** Sends forms and shows answers as text. The token stays in its field. */
const WIRING = `
const base = location.pathname.replace(/\\/docs\\/?$/, "");
for (const form of document.querySelectorAll("form[data-path]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const out = form.querySelector("output");
    const fields = [...form.querySelectorAll("input[data-in]")].map((each) => ({ name: each.name, in: each.dataset.in, value: each.value }));
    const token = document.getElementById("token").value.trim();
    const body = form.querySelector("textarea")?.value.trim() ?? "";
    const { url, init } = requestOf(base, { method: form.dataset.method, path: form.dataset.path, fields, body, token });
    out.textContent = "…";
    try {
      const response = await fetch(url, { ...init, signal: AbortSignal.timeout(30000) });
      const type = response.headers.get("content-type") ?? "";
      const text = type.includes("json") || type.startsWith("text/") ? (await response.text()).slice(0, 100000) : type;
      let shown = text;
      try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch {}
      out.textContent = response.status + " " + response.statusText + "\\n" + shown;
    } catch (error) {
      out.textContent = String(error);
    }
  });
}
`;

/** The script of the page. */
export function docsScript(): string {
  return `"use strict";\n${requestOf.toString()}\n${WIRING}`;
}
