import type { ReactNode } from "react";
import type { Api, Words } from "../api.ts";
import { type AppView, isOver, type JobView } from "../contract.ts";
import { ChangeForm } from "../jobs/ChangeForm.tsx";
import { ActionButton } from "../parts/ActionButton.tsx";
import { ConfirmButton } from "../parts/ConfirmButton.tsx";
import { Loading } from "../parts/Loading.tsx";
import { Problem } from "../parts/Problem.tsx";
import { Status } from "../parts/Status.tsx";
import { usePage } from "../parts/usePage.ts";
import { usePolled } from "../parts/usePolled.ts";
import { ago, monthlyCost } from "../words.ts";
import { Addresses } from "./Addresses.tsx";
import { AppCost } from "./AppCost.tsx";
import { Composition } from "./Composition.tsx";
import { Jobs, statusOfApp, titleOf } from "./HomePage.tsx";
import { Repo } from "./Repo.tsx";

/** One app: where it runs, what it costs, what it is made of, its jobs; change it, freeze it, take it away. */
export function AppPage({ api, appId }: { readonly api: Api; readonly appId: string }) {
  const { data, problem, reload } = usePolled(
    async () => {
      const [app, jobs] = await Promise.all([api.app(appId), api.jobs()]);
      return { app, jobs: jobs.filter((job) => job.appId === appId) };
    },
    ({ app }) => app.activeJobs.length > 0,
  );
  const heading = usePage(data && titleOf(data.app));
  if (!data) return problem ? <Problem problem={problem} onRetry={reload} /> : <Loading what="the app" />;
  const { app, jobs } = data;
  return (
    <>
      <p className="crumbs">
        <a href="#/">All apps</a> / App
      </p>
      <h1 ref={heading} tabIndex={-1}>
        {titleOf(app)}
      </h1>
      <p className="facts">
        <Status status={statusOfApp(app, jobs)} />
        {app.estimate && <span>{monthlyCost(app.estimate)}</span>}
        {app.iteration > 0 && <span>version {app.iteration}</span>}
        <span>changed {ago(app.updatedAt, Date.now())}</span>
      </p>
      {problem && <Problem problem={problem} onRetry={reload} />}
      {app.activeJobs.map((jobId) => (
        <p key={jobId} className="note">
          A job is at work: <a href={`#/jobs/${jobId}`}>see its progress</a>
        </p>
      ))}
      {app.status === "live" && <Live api={api} app={app} jobs={jobs} reload={reload} />}
      {app.status === "live" && <Addresses services={app.services ?? []} />}
      {app.repo && <Repo repo={app.repo} />}
      {app.status === "live" && <AppCost api={api} jobs={jobs} />}
      <Wishes app={app} />
      {app.spec !== undefined && app.status !== "destroyed" && <Composition spec={app.spec} />}
      {jobs.length > 0 && <Jobs jobs={jobs} title="Jobs of this app" />}
    </>
  );
}

interface LiveProps {
  readonly api: Api;
  readonly app: AppView;
  readonly jobs: readonly JobView[];
  readonly reload: () => void;
}

function Live({ api, app, jobs, reload }: LiveProps) {
  // A change hangs on one's own last finished job of the app; without one it is a new job on the app, without files.
  const last = jobs.find((job) => isOver(job.status));
  const newest = jobs.find((job) => job.kind !== "destroy" && isOver(job.status));
  const change = (words: Words) =>
    last
      ? api.feedback(last.jobId, words)
      : api.create({ prompt: words.content ?? "", appId: app.appId }, crypto.randomUUID());
  const destroy = async () => {
    const job = await api.destroy(app.appId);
    window.location.hash = `#/jobs/${job.jobId}`;
  };
  const freeze = async (job: JobView) => {
    await api.finalize(job.jobId);
    reload();
  };
  return (
    <div className="card good">
      <div className="actions">
        {app.url && (
          <a className="button" href={app.url} target="_blank" rel="noreferrer">
            Open the app
          </a>
        )}
        {app.openapi && (
          <a href={app.openapi} target="_blank" rel="noreferrer">
            API description
          </a>
        )}
        {newest?.status === "succeeded" && (
          <ActionButton label="Freeze this version" busyLabel="Freezing …" action={() => freeze(newest)} />
        )}
        <ConfirmButton
          label="Destroy"
          title="Destroy the app?"
          confirmLabel="Destroy with its data"
          busyLabel="Starting …"
          action={destroy}
        >
          {titleOf(app)}, its database and everything else that belongs to it are removed. This cannot be undone.
        </ConfirmButton>
      </div>
      <Change app={app}>
        <ChangeForm send={change} withFiles={last !== undefined} />
      </Change>
    </div>
  );
}

/** How the app gets its next version: by words only when agents wrote it by words. */
export function Change({ app, children }: { readonly app: AppView; readonly children: ReactNode }) {
  if (app.promotedFrom) {
    return (
      <p>
        It runs versions of <a href={`#/apps/${app.promotedFrom}`}>another app</a>: change that one, and promote its
        next version.
      </p>
    );
  }
  if (app.source) {
    return (
      <p>
        Its files are your own: change them, and deploy the folder again with <code>npx devfactory deploy</code>.
      </p>
    );
  }
  return children;
}

/** What it was asked to be, from the first words to the last change. */
function Wishes({ app }: { readonly app: AppView }) {
  const wishes = [app.prompt, ...app.feedback].filter((words) => words !== ""); // who brings files need not say a word
  if (wishes.length === 0) return null;
  return (
    <section aria-labelledby="wishes">
      <h2 id="wishes">What was asked for</h2>
      <ol className="wishes">
        {wishes.map((words, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list only grows at its end, and words may repeat
          <li key={index}>{words}</li>
        ))}
      </ol>
    </section>
  );
}
