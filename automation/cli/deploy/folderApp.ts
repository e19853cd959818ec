import { createHash } from "node:crypto";
import { basename } from "node:path";
import { z } from "zod";
import { type ApiClient, ApiError, type AppView } from "../../client/apiClient.ts";
import { CliError } from "../cliError.ts";
import type { Target } from "../connect.ts";
import { type Home, readData, writeData } from "../home.ts";

/** Where a folder was deployed to last. */
const Remembered = z.object({ folder: z.string(), target: z.string(), appId: z.string() });

interface Wish {
  readonly target: Target;
  readonly app?: string;
  readonly new: boolean;
  readonly title?: string;
}

/**
 * The app that a folder is deployed to: the named one, the one of the last time, or a new one.
 *
 * @throws {CliError} when the named app is not there
 */
export async function appOf(
  api: Pick<ApiClient, "app" | "createApp">,
  home: Home,
  folder: string,
  wish: Wish,
): Promise<AppView> {
  const id = wish.app ?? (wish.new ? undefined : known(home, folder, wish.target));
  if (id !== undefined) {
    const app = await api.app(id).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    });
    if (app && app.status !== "destroyed") return app;
    if (wish.app) {
      throw new CliError(`There is no app ${id}.`, "List the apps with `npx devfactory apps`.", { wrongUse: true });
    }
  }
  return api.createApp({ title: wish.title ?? titleOf(folder) });
}

/** The next deployment of the folder goes to the same app. */
export function remember(home: Home, folder: string, target: Target, appId: string): void {
  writeData(home, fileOf(folder, target), { folder, target, appId });
}

function known(home: Home, folder: string, target: Target): string | undefined {
  return readData(home, fileOf(folder, target), Remembered)?.appId;
}

/** A file for each folder: commands that run at the same time do not write over what the others remember. */
function fileOf(folder: string, target: Target): string {
  return `folders/${createHash("sha256").update(`${target} ${folder}`).digest("hex").slice(0, 32)}.json`;
}

function titleOf(folder: string): string {
  const name = basename(folder);
  return /\p{L}/u.test(name) ? name.slice(0, 80) : `app ${name}`.slice(0, 80);
}
