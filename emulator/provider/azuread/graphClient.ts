import { Credential, readSignIn, type SignIn } from "../credential.ts";
import { type Properties, ProviderError } from "../rpc/logic.ts";

const GRAPH = "https://graph.microsoft.com";
const FAILED_PRECONDITION = 9;
const PERMISSION_DENIED = 7;

/** Talks to Microsoft Graph; with a local authority, to the Graph that it serves beside sign-in. */
export class GraphClient {
  readonly signIn: SignIn;
  readonly credential: Credential;
  readonly #base: string;

  constructor(config: Readonly<Record<string, string>>, env: Readonly<Record<string, string | undefined>>) {
    this.signIn = readSignIn(config, env);
    this.credential = new Credential(this.signIn);
    this.#base = env.AZURE_AUTHORITY_HOST ? `${this.signIn.authority}/v1.0` : `${GRAPH}/v1.0`;
  }

  /** Address of an object for `@odata.id` references. */
  reference(path: string): string {
    return `${this.#base}${path}`;
  }

  async get(path: string): Promise<Properties | undefined> {
    const answer = await this.#send("GET", path);
    return answer.status === 404 ? undefined : read(answer);
  }

  async post(path: string, body: Properties): Promise<Properties> {
    return read(await this.#send("POST", path, body));
  }

  async patch(path: string, body: Properties): Promise<void> {
    await read(await this.#send("PATCH", path, body));
  }

  /** Nothing there is fine. */
  async delete(path: string): Promise<void> {
    const answer = await this.#send("DELETE", path);
    if (answer.status !== 404) await read(answer);
  }

  async #send(method: string, path: string, body?: Properties): Promise<Response> {
    const token = await this.credential.token(GRAPH);
    const headers = { Authorization: `Bearer ${token}`, ...(body ? { "Content-Type": "application/json" } : {}) };
    return fetch(this.#base + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  }
}

async function read(answer: Response): Promise<Properties> {
  const text = await answer.text();
  const body = text === "" ? {} : (JSON.parse(text) as Properties);
  if (answer.ok) return body;
  const { code, message } = (body.error ?? {}) as { readonly code?: string; readonly message?: string };
  const status = answer.status === 403 ? PERMISSION_DENIED : FAILED_PRECONDITION;
  throw new ProviderError(status, `${code ?? answer.status}: ${message ?? "Microsoft Graph refused the request"}`);
}
