import { useMemo } from "react";
import type { JobEvent } from "../contract.ts";
import { Mark } from "../parts/Status.tsx";
import { agentName, clock, counted, duration, stepName } from "../words.ts";
import { type AgentWork, type ResourceWork, type Section, timeline } from "./timeline.ts";

/** A job's events by step: what each agent says, the files it wrote, the resources; logs as they are. */
export function Timeline({ events, over }: { readonly events: readonly JobEvent[]; readonly over: boolean }) {
  const sections = useMemo(() => timeline(events), [events]);
  return (
    <div className="timeline">
      {sections.map((section, index) =>
        section.step === undefined ? (
          <Notes key={section.key} notes={section.notes} />
        ) : (
          <StepSection
            key={section.key}
            section={section}
            step={section.step}
            current={!over && index === sections.length - 1}
            over={over}
          />
        ),
      )}
    </div>
  );
}

interface StepSectionProps {
  readonly section: Section;
  readonly step: string;
  /** The newest one of a job that is not over. */
  readonly current: boolean;
  readonly over: boolean;
}

function StepSection({ section, step, current, over }: StepSectionProps) {
  const { agents, resources, notes, durationMs } = section;
  // A worker that died never said how its step ended.
  const status = section.status === "running" && over ? "cancelled" : (section.status ?? "running");
  const empty = agents.length + resources.length + notes.length === 0;
  const title = (
    <>
      <Mark status={status} />
      <span>{stepName(step)}</span>
      <span className="hidden">, {status}</span>
      {durationMs !== undefined && <small>{duration(durationMs)}</small>}
    </>
  );
  if (empty) return <p className="part">{title}</p>;
  return (
    <details className="part" open={current || status !== "succeeded" || agents.length > 0}>
      <summary>{title}</summary>
      {agents.map((work) => (
        <Agent key={work.agent} work={work} />
      ))}
      <Notes notes={notes} />
      {resources.length > 0 && <Resources resources={resources} />}
    </details>
  );
}

function Agent({ work }: { readonly work: AgentWork }) {
  const { agent, status, says, files, tools, tokens, seconds } = work;
  const used = [
    ...(seconds === undefined ? [] : [duration(seconds * 1000)]),
    ...(tokens ? [`${tokens.toLocaleString("en-US")} tokens`] : []),
  ];
  return (
    <div className="agent">
      <p>
        <strong>{agentName(agent)}</strong> <small>{status === "finished" ? used.join(", ") : `${status} …`}</small>
      </p>
      {says.map((event) => (
        <p key={event.seq} className={`says ${event.level}`}>
          {event.message}
        </p>
      ))}
      {files.length > 0 && (
        <details>
          <summary>{counted(files.length, "file")} written</summary>
          <ul className="mono">
            {files.map((file) => (
              <li key={file}>{file}</li>
            ))}
          </ul>
        </details>
      )}
      {tools.length > 0 && (
        <p className="tools">
          <small>Used {tools.join(", ")}</small>
        </p>
      )}
    </div>
  );
}

function Notes({ notes }: { readonly notes: readonly JobEvent[] }) {
  if (notes.length === 0) return null;
  return (
    <ul className="notes">
      {notes.map((event) => (
        <li key={event.seq} className={event.level}>
          <time dateTime={event.at}>{clock(event.at)}</time>
          <span>{event.message}</span>
        </li>
      ))}
    </ul>
  );
}

/** Components and providers are names of the program's own; only what Azure knows is counted. */
function Resources({ resources }: { readonly resources: readonly ResourceWork[] }) {
  const real = resources.filter((each) => !/^(devfactory|pulumi):/.test(each.type));
  const done = real.filter((each) => each.phase === "done").length;
  return (
    <details>
      <summary>
        {done} of {counted(real.length, "resource")} ready
      </summary>
      <ul className="resources">
        {real.map(({ name, type, operation, phase }) => (
          <li key={`${type} ${name}`}>
            <Mark status={phase === "done" ? "succeeded" : phase === "failed" ? "failed" : "running"} />
            <span>
              {operation} {name}
            </span>
            <small className="mono">{type.replace("azure-native:", "")}</small>
          </li>
        ))}
      </ul>
    </details>
  );
}
