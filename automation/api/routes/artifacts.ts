import { Readable } from "node:stream";
import { createRoute, z } from "@hono/zod-openapi";
import { AutomationError, httpStatus } from "../../errors.ts";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { JobId } from "../schemas.ts";

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

export function mountArtifacts(api: Api, { ledger, artifacts }: ApiServices): void {
  api.openapi(getArtifact, async (c) => {
    const { id, name } = c.req.valid("param");
    const job = await ledger.job(c.var.principal, id);
    // Only what the job's record lists: a name is never turned into a path.
    const artifact = job.artifacts.find((each) => each.name === name);
    if (!artifact) throw new AutomationError("ARTIFACT_NOT_FOUND", { name });
    try {
      const { readableStreamBody } = await artifacts.getBlobClient(artifact.blob).download();
      if (!readableStreamBody) throw new AutomationError("ARTIFACT_NOT_FOUND", { name });
      return c.body(Readable.toWeb(Readable.from(readableStreamBody)) as ReadableStream, 200, {
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
