import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { Door } from "./door.ts";

const knock = async (door: Door, words: string) => {
  const [host = "", port] = door.address.split(":");
  const socket = connect(Number(port), host);
  await once(socket, "connect");
  socket.end(words);
  return socket;
};

it("keeps those who come early, and what they said, until somebody serves; late ones come in at once", async () => {
  const door = await Door.open();
  await knock(door, "early");
  const heard: Promise<string>[] = [];
  const served = Promise.withResolvers<void>();
  door.serve((socket) => {
    heard.push(text(socket));
    if (heard.length === 2) served.resolve();
  });
  await knock(door, "late");
  await served.promise;
  expect(await Promise.all(heard)).toEqual(["early", "late"]);
  door.close();
});

it("sends away those who wait when it closes", async () => {
  const door = await Door.open();
  const socket = await knock(door, "early");
  const gone = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => undefined); // a reset is as good as an end
  socket.resume();
  door.close();
  await gone;
  await expect(knock(door, "late")).rejects.toThrow("ECONNREFUSED");
});
