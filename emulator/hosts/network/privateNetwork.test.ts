import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { hasPrivateNetworks } from "../sandbox.ts";
import { PrivateNetwork } from "./privateNetwork.ts";

/** Runs a line of JavaScript in the network; resolves when it has printed something. */
async function runIn(network: PrivateNetwork, script: string): Promise<string> {
  const [command = "", ...args] = [...network.join, process.execPath, "-e", script];
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  network.onClose(() => child.kill("SIGKILL"));
  const [chunk] = (await once(child.stdout, "data")) as [Buffer];
  return chunk.toString();
}

const serve = (port: number, address: string) =>
  `require("node:net").createServer((s) => s.end("hello")).listen(${port}, "${address}", () => console.log("up"))`;

it.runIf(hasPrivateNetworks())(
  "who listens on all addresses is reached, who listens on localhost only is not",
  async () => {
    const network = await PrivateNetwork.create();
    await runIn(network, serve(3000, "0.0.0.0"));
    await runIn(network, serve(3001, "::"));
    await runIn(network, serve(3002, "127.0.0.1"));
    expect(await text(await network.reach(3000))).toBe("hello");
    expect(await text(await network.reach(3001))).toBe("hello");
    await expect(network.reach(3002)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(network.reach(3003)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    network.close();
  },
);

it.runIf(hasPrivateNetworks())(
  "a door gives the connections of programs inside; a port that is held there stays with its holder",
  async () => {
    const network = await PrivateNetwork.create();
    await runIn(network, serve(4001, "127.0.0.1"));
    const seen: number[] = [];
    await network.open([4000, 4001], (port, inner: Socket) => {
      seen.push(port);
      inner.end("from outside");
    });
    const ask = (port: number) =>
      runIn(network, `require("node:net").connect(${port}, "127.0.0.1").on("data", (d) => console.log(String(d)))`);
    expect([await ask(4000), await ask(4001), seen]).toEqual(["from outside\n", "hello\n", [4000]]);
    network.close();
  },
);

it.runIf(hasPrivateNetworks())("when it is closed, who waits is told, and its process is gone", async () => {
  const network = await PrivateNetwork.create();
  const closed = new Promise<void>((done) => network.onClose(done));
  network.close();
  await closed;
  expect(network.alive).toBe(false);
  await expect(network.reach(3000)).rejects.toMatchObject({ code: "ENETDOWN" });
  await expect.poll(() => isRunning(network.pid), { timeout: 10_000 }).toBe(false);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
