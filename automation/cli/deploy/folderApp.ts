import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { type ApiClient, ApiError, type AppView } from "../../client/apiClient.ts";
import { CliError } from "../cliError.ts";
import type { Target } from "../connect.ts";
import { type Home, writeData } from "../home.ts";

const FILE = "folders.json";
const Folders = z.record(z.string(), z.string()).catch({});

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
  const id = wish.app ?? (wish.new ? undefined : known(home)[key(folder, wish.target)]);
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
  writeData(home, FILE, { ...known(home), [key(folder, target)]: appId });
}

function titleOf(folder: string): string {
  const name = basename(folder);
  return /\p{L}/u.test(name) ? name.slice(0, 80) : `app ${name}`.slice(0, 80);
}

function key(folder: string, target: Target): string {
  return `${target} ${folder}`;
}

function known(home: Home): Readonly<Record<string, string>> {
  const path = join(home.dataDir, FILE);
  return existsSync(path) ? Folders.parse(JSON.parse(readFileSync(path, "utf8"))) : {};
}
