import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { writeZip } from "../archive/zip.ts";
import { startServer } from "./server.ts";
import { testApi } from "./testApi.ts";

const ZIP = writeZip(new Map([["package.json", { content: Buffer.from('{"name":"x"}'), executable: false }]]));

it("a tenant whose uploads come a byte at a time holds up itself, not another one; in the end they are let go", async () => {
  const api = testApi();
  const { server, port } = await startServer(api.app.fetch, {
    port: 0,
    requestTimeoutMs: 3_000,
    headersTimeoutMs: 1_000,
  });
  const appOf = async (tenant: string) =>
    (await api.call("POST", "/apps", { title: "x" }, `${tenant}.u1.write`)).json.id;
  const [slow, other] = [await appOf("t1"), await appOf("t2")];
  const upload = (appId: string, tenant: string) =>
    fetch(`http://127.0.0.1:${port}/apps/${appId}/source`, {
      method: "POST",
      headers: { authorization: `Bearer ${tenant}.u1.write`, "content-type": "application/zip" },
      body: new Uint8Array(ZIP),
    });
  let ended = 0;
  const sockets = Array.from({ length: 6 }, () => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("error", () => undefined);
    socket.once("close", () => {
      ended += 1;
    });
    socket.write(
      `POST /apps/${slow}/source HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t1.u1.write\r\nContent-Type: application/zip\r\nContent-Length: ${ZIP.length}\r\n\r\n`,
    );
    const timer = setInterval(() => socket.write(ZIP.subarray(0, 1)), 200);
    socket.once("close", () => clearInterval(timer));
    return socket;
  });
  await sleep(500);
  expect((await upload(other, "t2")).status).toBe(201);
  const own = await upload(slow, "t1");
  expect([own.status, ((await own.json()) as { code: string }).code]).toEqual([503, "SOURCE_BUSY"]);
  for (let waited = 0; ended < sockets.length && waited < 80; waited++) await sleep(100);
  expect(ended).toBe(sockets.length);
  expect((await upload(slow, "t1")).status).toBe(201);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}, 20_000);
