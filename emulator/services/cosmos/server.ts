import { randomUUID } from "node:crypto";
import type { RequestListener, ServerResponse } from "node:http";
import type { Log } from "../../core/context.ts";
import { CosmosError } from "./errors.ts";
import { type CosmosResponse, readRequest } from "./request.ts";
import { type Account, route } from "./routes.ts";

/** Serves one account: token first, then the route; every refusal in the service's form. */
export function accountListener(account: Account, log: Log): RequestListener {
  return (message, response) => {
    const handle = async (): Promise<CosmosResponse> => {
      const request = await readRequest(message);
      const caller = await account.authorizer.authenticate(request.header("authorization"));
      return route(account, caller, request);
    };
    handle()
      .catch((error: unknown) => refusal(error, log))
      .then((answer) => send(response, answer))
      .catch((error: unknown) => log("cosmos", "answer not sent", { error: String(error) }));
  };
}

/** What an account says to who stands outside. Source: Microsoft Learn, "Troubleshoot Azure Cosmos DB forbidden exceptions". */
export function refuseConnection(response: ServerResponse): void {
  const message =
    "Request originated from IP 127.0.0.1 through public internet. This is blocked by your Cosmos DB account firewall settings.";
  const body = JSON.stringify({ code: "Forbidden", message });
  send(response, { status: 403, headers: { "x-ms-substatus": 0, "x-ms-request-charge": 0 }, body });
}

function send(response: ServerResponse, { status, headers, body }: CosmosResponse): void {
  const withBody = body !== undefined && status !== 204 && status !== 304;
  response.writeHead(status, {
    "x-ms-activity-id": randomUUID(),
    "x-ms-version": "2020-07-15",
    ...headers,
    ...(withBody && { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
  });
  response.end(withBody ? body : undefined);
}

function refusal(error: unknown, log: Log): CosmosResponse {
  if (!(error instanceof CosmosError)) {
    log("cosmos", "request failed", { error: error instanceof Error ? error.stack : String(error) });
    return {
      status: 500,
      body: JSON.stringify({ code: "InternalServerError", message: "The request failed inside the emulator." }),
    };
  }
  const { status, code, message, substatus, details, headers } = error;
  return {
    status,
    headers: { "x-ms-substatus": substatus, "x-ms-request-charge": 1, ...headers },
    body: JSON.stringify({ code, message, ...details }),
  };
}
