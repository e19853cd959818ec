/**
 * Runs inside the sandbox: starts the app as `npm start` does, waits for its health, requests what its own description lists, stops
 * it with SIGTERM, and prints one JSON object with what went wrong.
 */
import { spawn } from "node:child_process";

const port = 8080;
const base = `http://127.0.0.1:${port}`;
const problems: { path: string; message: string }[] = [];
const output: string[] = [];
let requests = 0;

const app = spawn(process.execPath, ["backend/main.ts"], {
  env: { ...process.env, PORT: String(port), DATA_DIR: "memory" },
  stdio: ["ignore", "pipe", "pipe"],
});
app.stdout.on("data", (chunk: Buffer) => output.push(chunk.toString("utf8")));
app.stderr.on("data", (chunk: Buffer) => output.push(chunk.toString("utf8")));
const exited = new Promise<number | null>((resolve) => app.on("exit", (code) => resolve(code)));

if (await healthy()) await requestAll();
else
  problems.push({
    path: "backend/main.ts",
    message: `the app did not become healthy: ${output.join("").slice(-1500)}`,
  });
app.kill("SIGTERM");
const code = await Promise.race([
  exited,
  new Promise<string>((resolve) => setTimeout(() => resolve("too long"), 8_000).unref()),
]);
if (code !== 0 && problems.length === 0) {
  problems.push({ path: "backend/serve.ts", message: `SIGTERM ended the app with ${code}` });
}
app.kill("SIGKILL");
process.stdout.write(JSON.stringify({ requests, problems }));

async function healthy(): Promise<boolean> {
  for (let attempt = 0; attempt < 600 && app.exitCode === null; attempt += 1) {
    const response = await fetch(`${base}/health`).catch(() => undefined);
    if (response?.status === 200) return true;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return false;
}

async function requestAll(): Promise<void> {
  const page = await expectStatus("GET", "/", 200);
  const html = await page.text();
  for (const match of html.matchAll(/(?:src|href)="(\/[^"#]+)"/g)) await expectStatus("GET", match[1] ?? "/", 200);
  if (!page.headers.get("content-security-policy")) problems.push({ path: "/", message: "no content security policy" });
  const description = await expectStatus("GET", "/openapi.json", 200);
  const { paths } = (await description.json()) as { paths: Record<string, Record<string, unknown>> };
  for (const [path, operations] of Object.entries(paths)) {
    if (path.includes("{")) {
      const absent = path.replaceAll(/\{\w+\}/g, "00000000-0000-4000-8000-000000000000");
      if (operations.get) await expectStatus("GET", absent, 404);
      continue;
    }
    if (operations.get) {
      const list = (await (await expectStatus("GET", path, 200)).json()) as { items?: unknown; total?: unknown };
      if (!Array.isArray(list.items) || typeof list.total !== "number")
        problems.push({ path, message: "is no list with items and total" });
    }
    if (operations.post) await expectStatus("POST", path, 400, "{");
  }
}

async function expectStatus(method: string, path: string, status: number, body?: string): Promise<Response> {
  requests += 1;
  const init = body === undefined ? { method } : { method, body, headers: { "content-type": "application/json" } };
  const response = await fetch(`${base}${path}`, init);
  if (response.status !== status)
    problems.push({ path, message: `${method} answered ${response.status}, not ${status}` });
  return response;
}
