import { type FormEvent, useRef, useState } from "react";
import { type Api, type ApiProblem, toProblem } from "../api.ts";
import type { Profile } from "../contract.ts";
import { Problem } from "../parts/Problem.tsx";

const EXAMPLES = [
  {
    name: "Veterinary clinic",
    prompt:
      "An app for a veterinary clinic: owners have pets, pets have appointments with a vet, date and reason; show upcoming appointments",
  },
  {
    name: "Lending library",
    prompt: "A library where members borrow books; books have a title, an author and a number of pages",
  },
  {
    name: "Work orders",
    prompt: "Track work orders: customers have a name and a phone number, orders have a title, a due date and a status",
  },
] as const;

const PROFILES: Readonly<Record<Profile, string>> = {
  dev: "Development: smallest sizes, sleeps when nobody comes",
  standard: "Standard: for daily work",
  production: "Production: zones, backups, private networks",
};

/** Describe an app and have it made. */
export function NewApp({ api }: { readonly api: Api }) {
  const [prompt, setPrompt] = useState("");
  const [profile, setProfile] = useState<Profile>();
  const [region, setRegion] = useState("");
  const [problem, setProblem] = useState<ApiProblem>();
  const [busy, setBusy] = useState(false);
  const key = useRef({ words: "", id: "" });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    const options = { ...(profile ? { profile } : {}), ...(region ? { region } : {}) };
    const words = JSON.stringify([prompt, options]);
    // The same words sent again after a lost answer are the same job.
    if (key.current.words !== words) key.current = { words, id: crypto.randomUUID() };
    try {
      const job = await api.create({ prompt, options }, key.current.id);
      window.location.hash = `#/jobs/${job.jobId}`;
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  return (
    <form className="new" onSubmit={submit}>
      <label htmlFor="prompt">What should the app do?</label>
      <textarea
        id="prompt"
        rows={4}
        required
        maxLength={20_000}
        placeholder="Say what it keeps, who uses it and what they want to see."
        value={prompt}
        onChange={(event) => setPrompt(event.target.value)}
      />
      <p className="examples">
        <span>Try:</span>
        {EXAMPLES.map((example) => (
          <button key={example.name} type="button" className="quiet" onClick={() => setPrompt(example.prompt)}>
            {example.name}
          </button>
        ))}
      </p>
      <details className="options">
        <summary>Size and region</summary>
        <label htmlFor="profile">Size</label>
        <select
          id="profile"
          value={profile ?? ""}
          onChange={(event) => setProfile((event.target.value || undefined) as Profile | undefined)}
        >
          <option value="">Let the plan decide</option>
          {Object.entries(PROFILES).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
        <label htmlFor="region">Azure region</label>
        <input
          id="region"
          placeholder="eastus"
          pattern="[a-z0-9]{2,40}"
          title="The name of an Azure region, such as westeurope"
          value={region}
          onChange={(event) => setRegion(event.target.value)}
        />
      </details>
      {problem && <Problem problem={problem} />}
      <button type="submit" disabled={busy}>
        {busy ? "Sending …" : "Make it"}
      </button>
    </form>
  );
}
