// The API and a bare Hono route that must do the same work, side by side in one process; Cosmos DB and Service Bus are in another.
import type { AddressInfo } from "node:net";
import { TokenVerifier } from "@devfactory/automation/api/auth.ts";
import { startServer } from "@devfactory/automation/api/server.ts";
import { appPk, type JobDocument, jobDocId } from "@devfactory/automation/jobs/documents.ts";
import { toJobView } from "@devfactory/automation/jobs/view.ts";
import { processWrapper } from "@devfactory/automation/keys/testing/memoryKeys.ts";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose";
import { apiOver } from "../test/contract/automation/apiOver.ts";
import { houseOn, TENANT } from "../test/contract/automation/house.ts";
import { startLocalAzure } from "./localAzure.ts";

const AUTHORITY = "https://login.example";
const AUDIENCE = "00000000-0000-4000-8000-000000000001";
const ISSUER = `${AUTHORITY}/${TENANT.tenantId}/v2.0`;

const { publicKey, privateKey } = await generateKeyPair("RS256");
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256", use: "sig", issuer: ISSUER }] };
const keys = createLocalJWKSet(jwks);
const token = await new SignJWT({ tid: TENANT.tenantId, oid: TENANT.userId, scp: "Jobs.Read Jobs.Write" })
  .setProtectedHeader({ alg: "RS256", kid: "k1" })
  .setIssuer(ISSUER)
  .setAudience(AUDIENCE)
  .setSubject("subject")
  .setExpirationTime("1h")
  .sign(privateKey);

const house = await houseOn(await startLocalAzure(), {});
const verifier = new TokenVerifier({
  authority: AUTHORITY,
  audience: AUDIENCE,
  tenants: [],
  keysOf: () => ({ key: keys, known: () => jwks }),
});
const api = apiOver(house, { secret: async () => undefined, wrapper: processWrapper }, { verifier });
const { port } = await startServer(api.fetch, { port: 0 });

/** What a careful program must do: check the token, read the job strongly, and show nobody another tenant's. */
const ledger = house.database.container("ledger");
const bare = serve({
  fetch: new Hono().get("/jobs/:id", async (c) => {
    const bearer = c.req.header("authorization")?.slice("Bearer ".length) ?? "";
    const options = { algorithms: ["RS256"], issuer: ISSUER, audience: AUDIENCE };
    const { payload } = await jwtVerify(bearer, keys, options);
    const id = c.req.param("id");
    const { resource } = await ledger.item(jobDocId(id), appPk(id.split("-")[0] ?? "")).read<JobDocument>();
    return resource?.tenantId === payload.tid ? c.json(toJobView(resource as JobDocument)) : c.notFound();
  }).fetch,
  port: 0,
});

const job = await house.ledger.create(TENANT, { prompt: "a clinic" });
await house.ledger.requestCancel(TENANT, job.jobId); // at its end: what is in the queue is read with its place
process.send?.({ port, barePort: (bare.address() as AddressInfo).port, token, id: job.jobId });
process.once("disconnect", () => process.exit());
process.once("message", async () => {
  await house[Symbol.asyncDispose]();
  process.exit();
});
