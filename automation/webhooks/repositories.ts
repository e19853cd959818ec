import { type AppDocument, appPk } from "../jobs/documents.ts";
import type { LedgerStore } from "../jobs/store.ts";
import type { RepositoryDocument } from "./documents.ts";
import { type Push, withoutUser } from "./pushes.ts";

const MOST_APPS = 100;

/** Which apps are deployed from which repository. */
export class Repositories {
  readonly #store: Pick<LedgerStore, "read" | "batch" | "range">;

  constructor(store: Pick<LedgerStore, "read" | "batch" | "range">) {
    this.#store = store;
  }

  /** Remembers that an app took its files from a repository. */
  async connect(appId: string, url: string): Promise<void> {
    const pk = repositoryPk(url);
    const doc: RepositoryDocument = { id: appId, pk, schema: 1, type: "repository", appId };
    if (await this.#store.read(pk, appId)) return;
    await this.#store.batch(pk, [{ kind: "upsert", doc }]);
  }

  /** Apps whose files come from the branch of a push now, whoever they belong to. */
  async appsOf(push: Push): Promise<readonly AppDocument[]> {
    const rows = await this.#store.range<RepositoryDocument>(repositoryPk(push.repository), "", "\uffff", MOST_APPS);
    const apps = await Promise.all(
      rows.map(({ doc }) => this.#store.read<AppDocument>(appPk(doc.appId), "app").then((found) => found?.doc)),
    );
    return apps.filter((app): app is AppDocument => app !== undefined && follows(app, push));
  }
}

function follows({ status, source }: AppDocument, push: Push): boolean {
  const git = source?.from === "git" ? source.git : undefined;
  if (status === "destroyed" || !git) return false;
  return withoutUser(git.url) === push.repository && git.ref === push.branch;
}

function repositoryPk(url: string): string {
  return `repository:${withoutUser(url)}`;
}
