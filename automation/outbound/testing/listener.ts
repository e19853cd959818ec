import { type AddressInfo, createServer, type Socket } from "node:net";

/** A port that counts who comes; `serve` decides what they get. */
export async function listen(serve: (socket: Socket) => void = () => {}, host = "127.0.0.1", port = 0) {
  const came: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    came.push(socket.localAddress ?? "");
    open.add(socket);
    socket.on("error", () => undefined).once("close", () => open.delete(socket));
    serve(socket);
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  const { port: taken } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      for (const socket of open) socket.destroy();
    });
  return { came, port: taken, url: `http://${host}:${taken}`, [Symbol.asyncDispose]: stop };
}

/** Answers each request with this text as it is. */
export function answering(text: string | ((request: string) => string)): (socket: Socket) => void {
  return (socket) => {
    let request = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      request += chunk;
      if (request.includes("\r\n\r\n")) socket.end(typeof text === "string" ? text : text(request));
    });
  };
}
