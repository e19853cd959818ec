import { type FormEvent, useId, useState } from "react";
import { type ApiProblem, toProblem, type Words } from "../api.ts";
import { Problem } from "../parts/Problem.tsx";

interface Props {
  /** Resolves with the job that works on it. */
  readonly send: (words: Words) => Promise<{ readonly jobId: string }>;
  readonly withFiles?: boolean;
}

/** What should change in an app, with files if words are not enough; then the page of the job that does it. */
export function ChangeForm({ send, withFiles = true }: Props) {
  const [content, setContent] = useState("");
  const [files, setFiles] = useState<readonly File[]>([]);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();
  const id = useId();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      const { jobId } = await send({ content, files });
      window.location.hash = `#/jobs/${jobId}`;
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit}>
      <label htmlFor={`${id}-words`}>What should change?</label>
      <textarea
        id={`${id}-words`}
        rows={3}
        required
        placeholder="For example: members also have an e-mail address"
        value={content}
        onChange={(event) => setContent(event.target.value)}
      />
      {problem && <Problem problem={problem} />}
      <div className="actions">
        <button type="submit" disabled={busy}>
          {busy ? "Sending …" : "Change the app"}
        </button>
        {withFiles && (
          <label className="attach" htmlFor={`${id}-files`}>
            Attach files{" "}
            <input
              id={`${id}-files`}
              type="file"
              multiple
              onChange={(event) => setFiles([...(event.target.files ?? [])].slice(0, 10))}
            />
          </label>
        )}
      </div>
    </form>
  );
}
