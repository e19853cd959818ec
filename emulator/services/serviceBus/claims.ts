import type { EmulatorContext } from "../../core/context.ts";
import type { Caller } from "../../core/tokens.ts";
import { BusError } from "./errors.ts";

const AUDIENCES = ["https://servicebus.azure.net", "https://servicebus.azure.net/"];

interface Claim {
  readonly caller: Caller;
  readonly expiresAt: number;
}

/** The tokens that one connection has put, by the entity path that each is for (the empty path is the whole namespace). */
export class Claims {
  readonly #context: EmulatorContext;
  readonly #claims = new Map<string, Claim>();

  constructor(context: EmulatorContext) {
    this.#context = context;
  }

  /** `$cbs` put-token. @param audience address of the entity, for example `sb://localhost:5671/jobs` */
  async put(audience: string, token: string): Promise<void> {
    let caller: Caller;
    try {
      caller = await this.#context.tokens.verify(token, AUDIENCES);
    } catch (cause) {
      throw new BusError("amqp:unauthorized-access", `InvalidToken: ${(cause as Error).message}`, { cause });
    }
    this.#claims.set(pathOf(audience), { caller, expiresAt: Number(caller.claims.exp) * 1000 });
  }

  /** Who acts on this address, by the token for the longest path that covers it; undefined without a valid one. */
  callerFor(address: string): Caller | undefined {
    const now = this.#context.clock.now();
    const path = address.toLowerCase();
    const found = [...this.#claims]
      .filter(([claimed, { expiresAt }]) => expiresAt > now && (claimed === "" || `${path}/`.startsWith(`${claimed}/`)))
      .sort(([a], [b]) => b.length - a.length);
    return found[0]?.[1].caller;
  }

  /** May the connection do this to the entity? @throws {BusError} `amqp:unauthorized-access` */
  require(address: string, right: "send" | "receive", scope: string): void {
    const caller = this.callerFor(address);
    const action = `Microsoft.ServiceBus/namespaces/messages/${right}/action`;
    if (caller && this.#context.access.allowsData(caller, action, scope)) return;
    const claim = right === "send" ? "Send" : "Listen";
    throw new BusError(
      "amqp:unauthorized-access",
      `Unauthorized access. '${claim}' claim(s) are required to perform this operation. Resource: '${address}'.`,
    );
  }
}

function pathOf(audience: string): string {
  return audience
    .replace(/^[a-z]+:\/\/[^/]*\/?/i, "")
    .replace(/\/+$/, "")
    .toLowerCase();
}
