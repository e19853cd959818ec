import { connect, type Socket } from "node:net";

export interface RawAnswer {
  /** 0: the connection was closed without an answer. */
  readonly status: number;
  readonly type: string;
  readonly head: string;
  readonly body: string;
  readonly ms: number;
}

/** Sends bytes as they are, and reads until the other end closes. `write` may send more, in its own time. */
export function sendRaw(
  port: number,
  bytes: string | Buffer,
  write: (socket: Socket) => void = () => {},
): Promise<RawAnswer> {
  const begin = performance.now();
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let all = "";
    socket.setEncoding("latin1").on("data", (text: string) => {
      all += text;
    });
    socket.on("error", () => undefined); // reset: what came before counts
    socket.once("close", () => {
      const [head = "", ...rest] = all.split("\r\n\r\n");
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
      const type = /^content-type: ([^;\r]*)/im.exec(head)?.[1] ?? "";
      resolve({ status, type, head, body: rest.join("\r\n\r\n"), ms: performance.now() - begin });
    });
    socket.write(bytes);
    write(socket);
  });
}

/** A request with a token of tenant t1. */
export function request(
  line: string,
  headers: readonly string[] = [],
  body: string | Buffer = "",
  lengthHeader = true,
): Buffer {
  const content = Buffer.from(body);
  const lines = [
    line,
    ...(headers.some((each) => /^host:/i.test(each)) ? [] : ["Host: api.example"]),
    "Authorization: Bearer t1.u1.operator",
    "Connection: close",
    ...headers,
    ...(content.length > 0 && lengthHeader ? [`Content-Length: ${content.length}`] : []),
  ];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), content]);
}
