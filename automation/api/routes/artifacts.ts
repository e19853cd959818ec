import { Readable } from "node:stream";
import { createRoute, z } from "@hono/zod-openapi";
import { streamBlob } from "../../azure/blobReads.ts";
import { AutomationError, httpStatus } from "../../errors.ts";
import type { Artifact, TenantContext } from "../../jobs/documents.ts";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { JobId, json } from "../schemas.ts";

const getArtifact = createRoute({
  operationId: "getArtifact",
  method: "get",
  path: "/jobs/{id}/artifacts/{name}",
  summary: "Download an archive or a build log of a job",
  request: { params: z.object({ id: JobId, name: z.string().max(200) }) },
  responses: {
    200: {
      description: "The file",
      content: { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } },
    },
    ...problems("JOB_NOT_FOUND", "ARTIFACT_NOT_FOUND"),
  },
});

const getArtifactLink = createRoute({
  operationId: "getArtifactLink",
  method: "get",
  path: "/jobs/{id}/artifacts/{name}/link",
  summary: "A link to an archive or a build log that opens for 15 minutes without a sign-in",
  description: "For reading, for this one file. Whoever has the link can open it: hand it on as you would the file.",
  request: { params: z.object({ id: JobId, name: z.string().max(200) }) },
  responses: {
    200: json(
      z
        .object({ url: z.string(), expiresAt: z.string(), bytes: z.number(), sha256: z.string() })
        .openapi("ArtifactLink"),
      "The link",
    ),
    ...problems("JOB_NOT_FOUND", "ARTIFACT_NOT_FOUND"),
  },
});

async function* startingWith({ done, value }: IteratorResult<Buffer>, rest: AsyncGenerator<Buffer>) {
  if (done) return;
  yield value;
  yield* rest;
}

export function mountArtifacts(api: Api, { ledger, artifacts, links }: ApiServices): void {
  const find = async (tenant: TenantContext, id: string, name: string): Promise<Artifact> => {
    const job = await ledger.job(tenant, id);
    // Only what the job's record lists: a name is never turned into a path.
    const artifact = job.artifacts.find((each) => each.name === name);
    if (!artifact) throw new AutomationError("ARTIFACT_NOT_FOUND", { name });
    return artifact;
  };
  api.openapi(getArtifactLink, async (c) => {
    const { id, name } = c.req.valid("param");
    const { blob, contentType, bytes, sha256 } = await find(c.var.principal, id, name);
    const link = await links.make({ container: "jobs", blob, fileName: name, contentType });
    c.header("cache-control", "no-store");
    return c.json({ ...link, bytes, sha256 }, 200);
  });
  api.openapi(getArtifact, async (c) => {
    const { id, name } = c.req.valid("param");
    const artifact = await find(c.var.principal, id, name);
    try {
      const content = streamBlob(artifacts.getBlobClient(artifact.blob));
      const first = await content.next(); // an error here can still be answered
      return c.body(Readable.toWeb(Readable.from(startingWith(first, content))) as ReadableStream, 200, {
        "content-type": artifact.contentType,
        "content-length": String(artifact.bytes),
        "content-disposition": `attachment; filename="${name.replace(/[^\w.-]/g, "_")}"`,
        etag: `"${artifact.sha256}"`,
      });
    } catch (error) {
      if (httpStatus(error) === 404) throw new AutomationError("ARTIFACT_NOT_FOUND", { name }, { cause: error });
      throw error;
    }
  });
}
