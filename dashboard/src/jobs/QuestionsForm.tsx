import { type FormEvent, useState } from "react";
import { type ApiProblem, toProblem } from "../api.ts";
import { Problem } from "../parts/Problem.tsx";

interface Props {
  readonly questions: readonly string[];
  readonly send: (answers: readonly string[]) => Promise<unknown>;
}

/** The questions of a waiting job, one field for each; words between backticks are answers to pick. */
export function QuestionsForm({ questions, send }: Props) {
  const [answers, setAnswers] = useState<readonly string[]>(() => questions.map(() => ""));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();
  const set = (index: number, text: string) =>
    setAnswers((before) => questions.map((_, each) => (each === index ? text : (before[each] ?? ""))));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await send(answers.map((answer) => answer.trim()).filter((answer) => answer !== ""));
    } catch (error) {
      setProblem(toProblem(error));
    }
    setBusy(false);
  };
  return (
    <form className="card warning" onSubmit={submit}>
      <h2>Your answer is needed</h2>
      {questions.map((question, index) => (
        <div key={question} className="field">
          <label htmlFor={`question-${index}`}>{question.replaceAll("`", "")}</label>
          <textarea
            id={`question-${index}`}
            rows={2}
            required
            value={answers[index] ?? ""}
            onChange={(event) => set(index, event.target.value)}
          />
          <p className="examples">
            {choicesOf(question).map((choice) => (
              <button key={choice} type="button" className="quiet" onClick={() => set(index, choice)}>
                {choice}
              </button>
            ))}
          </p>
        </div>
      ))}
      {problem && <Problem problem={problem} />}
      <button type="submit" disabled={busy}>
        {busy ? "Sending …" : "Answer and go on"}
      </button>
    </form>
  );
}

/** What stands between backticks in a question. */
export function choicesOf(question: string): readonly string[] {
  return [...question.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
}
