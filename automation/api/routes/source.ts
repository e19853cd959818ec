import { createRoute, z } from "@hono/zod-openapi";
import { AutomationError } from "../../errors.ts";
import { sourceOf } from "../../jobs/view.ts";
import type { TakenSource } from "../../source/intake.ts";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { AppId, json, SourceView } from "../schemas.ts";

const MAX_FILES = 20_000;

const GitSource = z.strictObject({
  url: z.string().min(1).max(2_000).openapi({ example: "https://github.com/owner/name" }),
  ref: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .openapi({ description: "Branch, tag or commit; absent: the repository's own branch." }),
});
const ManifestFile = z.strictObject({
  path: z.string().min(1).max(1_000),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits"),
  executable: z.boolean().optional(),
});

const SourceReference = z
  .strictObject({
    git: GitSource.optional(),
    files: z
      .array(ManifestFile)
      .min(1)
      .max(MAX_FILES)
      .optional()
      .openapi({ description: "The whole project by its contents: what is there need not be sent again." }),
  })
  .refine(({ git, files }) => (git === undefined) !== (files === undefined), {
    path: ["git"],
    message: "send either git or files",
  })
  .openapi("SourceReference");

const Evidence = z.object({
  choice: z.string(),
  file: z.string().optional(),
  line: z.int().optional(),
  reason: z.string(),
});
const Part = z.object({
  name: z.string(),
  source: z.string(),
  framework: z.string(),
  manager: z.object({ name: z.string(), version: z.string().optional(), lock: z.string().optional() }),
  kind: z.enum(["static", "web", "api"]),
  install: z.string().optional(),
  build: z.string().optional(),
  start: z.array(z.string()).optional(),
  outputDir: z.string().optional(),
  port: z.int(),
  health: z.string(),
  evidence: z.array(Evidence),
});

const TakenView = z
  .object({
    appId: z.string(),
    source: SourceView.optional(),
    stored: z.int().openapi({ description: "Contents that were new; the others were there." }),
    storedBytes: z.int(),
    left: z.int().optional().openapi({ description: "Files that are no source." }),
    project: z.object({ from: z.string(), name: z.string(), services: z.array(Part) }).optional(),
    problem: z
      .object({ code: z.string(), detail: z.string(), fix: z.string() })
      .optional()
      .openapi({ description: "Why it cannot be deployed as it is." }),
  })
  .openapi("TakenSource");
type TakenView = z.infer<typeof TakenView>;

export type { TakenView as TakenSource };

const Missing = z.object({
  missing: z.array(z.string()).openapi({ description: "Hashes of contents to send with `partial=true`." }),
});

const BINARY = { schema: z.string().openapi({ format: "binary" }) };
/** What browsers and tools call a zip, a tar and a tar.gz; the bytes decide. */
const ARCHIVES = [
  "application/zip",
  "application/x-zip-compressed",
  "application/gzip",
  "application/x-gzip",
  "application/x-tar",
  "application/octet-stream",
];

const putSource = createRoute({
  operationId: "putSource",
  method: "post",
  path: "/apps/{id}/source",
  summary: "Bring an app's files: a zip, a tar or tar.gz, a git reference, or a manifest of what changed",
  description:
    "An archive is the whole project. To send only what changed: post `files` (path and sha-256 of each); when contents are missing, send them in an archive with `partial=true`, in as many parts as you like, and post the manifest again.",
  request: {
    params: z.object({ id: AppId }),
    query: z.object({
      partial: z.enum(["true", "false"]).default("false").openapi({ description: "The archive only brings contents." }),
    }),
    body: {
      content: {
        "application/json": { schema: SourceReference },
        ...Object.fromEntries(ARCHIVES.map((type) => [type, BINARY])),
      },
    },
  },
  responses: {
    200: json(Missing, "Contents are missing; nothing changed"),
    201: json(TakenView, "The next deployment takes these files"),
    202: json(TakenView, "Contents were kept; the app's source is as before"),
    ...problems(
      "APP_NOT_FOUND",
      "APP_DESTROYED",
      "INVALID_REQUEST",
      "MALFORMED_BODY",
      "ARCHIVE_REFUSED",
      "GIT_REFUSED",
      "SOURCE_BUSY",
      "BODY_TOO_LARGE",
      "UNSUPPORTED_TYPE",
    ),
  },
});

export function mountSource(api: Api, { ledger, sources }: ApiServices): void {
  api.openapi(putSource, async (c) => {
    const tenant = c.var.principal;
    const app = await ledger.app(tenant, c.req.valid("param").id);
    if (app.status === "destroyed") throw new AutomationError("APP_DESTROYED", { id: app.appId });
    const type = (c.req.header("content-type") ?? "none").split(";")[0]?.trim().toLowerCase() ?? "none";
    if (type !== "application/json" && !ARCHIVES.includes(type))
      throw new AutomationError("UNSUPPORTED_TYPE", { given: type });
    return sources.inTurn(tenant.tenantId, async () => {
      if (type === "application/json") {
        // Only the JSON body is read by its schema: the others are bytes.
        const body = c.req.valid("json") as z.infer<typeof SourceReference>;
        if (body.git) return c.json(view(app.appId, await sources.git(tenant, app, body.git)), 201);
        const taken = await sources.manifest(tenant, app, body.files ?? []);
        return "missing" in taken ? c.json({ missing: [...taken.missing] }, 200) : c.json(view(app.appId, taken), 201);
      }
      const bytes = new Uint8Array(await c.req.arrayBuffer());
      if (c.req.valid("query").partial === "true") {
        return c.json({ appId: app.appId, ...(await sources.contents(app, bytes)) }, 202);
      }
      return c.json(view(app.appId, await sources.archive(tenant, app, bytes)), 201);
    });
  });
}

function view(appId: string, taken: TakenSource): TakenView {
  const { source, stored, storedBytes, left, project, problem } = taken;
  const services = project?.services.map(({ name, source: folder, plan }) => {
    const { framework, manager, kind, install, build, start, outputDir, port, health, evidence } = plan;
    const given = { install, build, outputDir, start: start && [...start] };
    return { name, source: folder, framework, manager, kind, ...given, port, health, evidence: [...evidence] };
  });
  return {
    appId,
    source: sourceOf(source),
    stored,
    storedBytes,
    left,
    ...(project && { project: { from: project.from, name: project.name, services: services ?? [] } }),
    ...(problem && { problem }),
  };
}
