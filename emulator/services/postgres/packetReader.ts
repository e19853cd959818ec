import type { Socket } from "node:net";

/** Reads whole packets from a socket without taking a byte more than asked for: the rest stays for whoever reads next. */
export class PacketReader {
  readonly #socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** The next byte, left unread. @throws when the socket closes before */
  async peek(): Promise<number> {
    await this.#fill(1);
    return this.#buffer[0] ?? 0;
  }

  /** Reads one packet. @param length tells its length from its start, or undefined while it cannot yet */
  async read(length: (start: Buffer) => number | undefined): Promise<Buffer> {
    for (;;) {
      const wanted = length(this.#buffer);
      if (wanted !== undefined && this.#buffer.length >= wanted) {
        const packet = this.#buffer.subarray(0, wanted);
        this.#buffer = this.#buffer.subarray(wanted);
        return packet;
      }
      await this.#fill(this.#buffer.length + 1);
    }
  }

  /** Gives unread bytes back to the socket. */
  detach(): void {
    if (this.#buffer.length > 0) this.#socket.unshift(this.#buffer);
    this.#buffer = Buffer.alloc(0);
  }

  async #fill(size: number): Promise<void> {
    while (this.#buffer.length < size) {
      const chunk = this.#socket.read() as Buffer | null;
      if (chunk) this.#buffer = Buffer.concat([this.#buffer, chunk]);
      else await this.#readable();
    }
  }

  #readable(): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => () => {
        socket.off("readable", readable).off("end", ended).off("close", ended);
        finish();
      };
      const readable = settle(resolve);
      const ended = settle(() => reject(new Error("connection closed during sign-in")));
      socket.once("readable", readable).once("end", ended).once("close", ended);
    });
  }
}
