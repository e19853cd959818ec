import { Agent, request } from "node:https";
import { expect, it } from "vitest";
import { listen } from "../core/listener.ts";
import { testContext } from "./context.ts";

it("a listener shows a certificate that the local authority signed, and answers plain http only when asked to", async () => {
  await using context = await testContext();
  const handler = () => new Response("hello");
  const both = await listen({ port: 0, certificates: context.certificates, handler, plainHttp: true });
  const secure = await listen({ port: 0, certificates: context.certificates, handler });
  const agent = new Agent({ ca: context.certificates.ca });
  const body = await new Promise<string>((resolve, reject) => {
    const call = request(`https://localhost:${both.port}/`, { agent }, (answer) => {
      answer.setEncoding("utf8").on("data", resolve);
    });
    call.on("error", reject).end();
  });
  expect(body).toBe("hello");
  expect(await (await fetch(`http://localhost:${both.port}/`)).text()).toBe("hello");
  await expect(fetch(`http://localhost:${secure.port}/`)).rejects.toThrow("fetch failed");
  await both.close();
  await secure.close();
});

it("a token of one audience is refused for another, and an expired one for all", async () => {
  await using context = await testContext();
  const token = (await context.credential("app-1").getToken("https://vault.azure.net/.default"))?.token ?? "";
  expect(await context.tokens.verify(token, ["https://vault.azure.net/"])).toMatchObject({
    objectId: "app-1",
    kind: "app",
  });
  await expect(context.tokens.verify(token, ["https://storage.azure.com"])).rejects.toThrow("is not accepted here");
  context.clock.shift(3_700_000);
  await expect(context.tokens.verify(token, ["https://vault.azure.net"])).rejects.toThrow("exp");
});
