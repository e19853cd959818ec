import type { Api } from "../api.ts";
import { isOver, type JobView } from "../contract.ts";
import { ActionButton } from "../parts/ActionButton.tsx";
import { Loading } from "../parts/Loading.tsx";
import { Problem } from "../parts/Problem.tsx";
import { Status } from "../parts/Status.tsx";
import { usePage } from "../parts/usePage.ts";
import { duration, headline, monthlyCost } from "../words.ts";
import { Artifacts } from "./Artifacts.tsx";
import { ChangeForm } from "./ChangeForm.tsx";
import { Estimate } from "./Estimate.tsx";
import { QuestionsForm } from "./QuestionsForm.tsx";
import { Steps } from "./Steps.tsx";
import { Timeline } from "./Timeline.tsx";
import { spoken } from "./timeline.ts";
import { useJob } from "./useJob.ts";
import { Verdict } from "./Verdict.tsx";

const TITLE_LENGTH = 120;
const KINDS = {
  create: "New app",
  edit: "Change of an app",
  destroy: "Removal of an app",
  drift: "Look for drift",
  repair: "Repair of an app",
  deploy: "Deployment of files",
} as const;

/** One job, live: its steps, what the agents say, what it asks, and at the end the app. */
export function JobPage({ api, jobId }: { readonly api: Api; readonly jobId: string }) {
  const { job, events, connection, problem, setJob, reload } = useJob(api, jobId);
  const heading = usePage(job && headline(job.prompt, 60));
  if (!job) return problem ? <Problem problem={problem} onRetry={reload} /> : <Loading what="the job" />;
  const reloading = async (work: Promise<unknown>) => {
    await work;
    reload();
  };
  return (
    <>
      <p className="crumbs">
        <a href="#/">All apps</a> / <a href={`#/apps/${job.appId}`}>App</a> / {KINDS[job.kind]}
      </p>
      <h1 ref={heading} tabIndex={-1}>
        {headline(job.prompt, TITLE_LENGTH)}
      </h1>
      {headline(job.prompt, TITLE_LENGTH) !== job.prompt && (
        <details>
          <summary>The whole description</summary>
          <p className="whole">{job.prompt}</p>
        </details>
      )}
      <p className="facts">
        <Status status={job.status} />
        {job.durationMs !== undefined && <span>took {duration(job.durationMs)}</span>}
        {job.estimate && <span>{monthlyCost(job.estimate)}</span>}
        {job.attempts > 1 && <span>attempt {job.attempts}</span>}
        {job.queue && <span>{job.queue.reason}</span>}
      </p>
      <p className="hidden" aria-live="polite">
        {spoken(events)}
      </p>
      {problem && <Problem problem={problem} onRetry={reload} />}
      {connection === "lost" && !isOver(job.status) && (
        <p className="note" role="status">
          The connection is lost; this page comes back by itself.
        </p>
      )}
      <Outcome job={job} api={api} />
      {job.status === "waiting" && (
        <QuestionsForm questions={job.questions} send={(answers) => reloading(api.feedback(job.jobId, { answers }))} />
      )}
      <NotUnderstood job={job} />
      <div className="columns">
        <aside>
          <Steps job={job} />
          {!isOver(job.status) && job.status !== "cancelling" && (
            <ActionButton
              label={job.kind === "destroy" ? "Stop the removal" : "Cancel"}
              busyLabel="Cancelling …"
              action={async () => setJob(await api.cancel(job.jobId))}
            />
          )}
          <Estimate events={events} />
          <Verdict events={events} />
          <Artifacts api={api} job={job} />
        </aside>
        <section aria-labelledby="progress">
          <h2 id="progress">What happens</h2>
          {events.length > 0 ? (
            <Timeline events={events} over={isOver(job.status)} />
          ) : (
            <Loading what="what happened" />
          )}
        </section>
      </div>
    </>
  );
}

/** The app when it runs, or why there is none. */
function Outcome({ job, api }: { readonly job: JobView; readonly api: Api }) {
  const { jobId, appId, status, kind, url, openapi, error } = job;
  const again = async () => {
    const next = await api.retry(jobId);
    window.location.hash = `#/jobs/${next.jobId}`;
  };
  if (status === "failed" || status === "cancelled") {
    const retry = <ActionButton label="Do it again" busyLabel="Starting …" action={again} />;
    if (error && status === "failed") {
      return <Problem problem={{ message: error.detail, fix: error.fix }}>{retry}</Problem>;
    }
    const { message = "This job was stopped before it was done." } = job.cancel ?? {};
    return (
      <div className="card">
        {message} {retry}
      </div>
    );
  }
  if (kind === "destroy" && status === "succeeded") {
    return <div className="card">The app and everything that belonged to it is gone.</div>;
  }
  if (!url || !isOver(status)) return null;
  return (
    <div className="card good">
      <p className="actions">
        <a className="button" href={url} target="_blank" rel="noreferrer">
          Open the app
        </a>
        {openapi && (
          <a href={openapi} target="_blank" rel="noreferrer">
            API description
          </a>
        )}
        <a href={`#/apps/${appId}`}>Cost, parts, removal</a>
      </p>
      {(kind === "create" || kind === "edit") && <ChangeForm send={(words) => api.feedback(jobId, words)} />}
    </div>
  );
}

function NotUnderstood({ job }: { readonly job: JobView }) {
  if (job.notUnderstood.length === 0) return null;
  return (
    <div className="card warning">
      <h2>Not understood</h2>
      <p>These words are not in the app. Say it in other words as a change:</p>
      <ul>
        {job.notUnderstood.map((text) => (
          <li key={text}>“{text}”</li>
        ))}
      </ul>
    </div>
  );
}
