import { expect, it } from "vitest";
import { EngineError, EXIT } from "../engineError.ts";
import { EventStream } from "../events/stream.ts";
import type { CommandCall } from "./command.ts";
import { confirm, requireConsent } from "./consent.ts";
import { Flags } from "./flags.ts";
import { openDisplay } from "./openDisplay.ts";

interface Script {
  /** What the user types, in order; an error is an interrupt. */
  readonly answers: readonly (string | Error)[];
  readonly flags?: readonly string[];
}

/** Runs a preview of one new resource and asks. */
async function ask({ answers, flags = [] }: Script) {
  let text = "";
  const left = [...answers];
  const call: CommandCall = {
    args: [],
    commands: [],
    flags: new Flags(new Map(flags.map((name) => [name, ["true"]]))),
    context: {
      cwd: "/",
      env: {},
      out: (chunk) => {
        text += chunk;
      },
      err: () => undefined,
      ask: async (question) => {
        text += question;
        const answer = left.shift() ?? "";
        if (answer instanceof Error) throw answer;
        text += `${answer}\n`;
        return answer;
      },
      terminal: undefined,
      readInput: async () => "",
      signal: new AbortController().signal,
      keys: new Map(),
    },
  };
  const preview = async () => {
    const events = new EventStream();
    const kind = { title: "Previewing update", preview: true, verb: "preview" };
    const close = openDisplay(call, kind, events, { name: "dev", project: "proj" });
    const urn = "urn:pulumi:dev::proj::t:i:T::a";
    const made = { type: "t:i:T", urn, id: "", parent: "", inputs: { size: 1 }, outputs: {}, provider: "" };
    const metadata = {
      op: "create",
      urn,
      type: "t:i:T",
      old: null,
      new: made,
      detailedDiff: null,
      logical: true,
      provider: "",
    } as const;
    events.emit({ resourcePreEvent: { metadata, planning: true } });
    close();
    return EXIT.ok;
  };
  const outcome = await confirm(call, "update", preview).catch((error: unknown) =>
    error instanceof EngineError ? `${error.exitCode}: ${error.message}` : String(error),
  );
  return { outcome, text };
}

const PREVIEW = "Previewing update (dev):\n\n +  t:i:T a create\n";
const QUESTION = "\nDo you want to perform this update? yes / no / details [no]: ";
const DETAILS = "\n+ t:i:T: (create)\n    [urn=urn:pulumi:dev::proj::t:i:T::a]\n    size: 1\n";

it("shows the preview, then its details as often as wanted, and goes on with yes", async () => {
  expect(await ask({ answers: ["d", "what", "details", " YES "] })).toEqual({
    outcome: true,
    text: `${PREVIEW}${QUESTION}d\n${DETAILS}${QUESTION}what\nPlease answer yes, no or details.\n${QUESTION}details\n${DETAILS}${QUESTION} YES \n`,
  });
});

it.each([["n"], ["no"], [""]])("takes %j as no", async (answer) => {
  const { outcome } = await ask({ answers: [answer] });
  expect(outcome).toBe("8: confirmation declined, not proceeding with the update");
});

it("takes an interrupt as an end", async () => {
  const { outcome } = await ask({ answers: [new Error("Aborted with Ctrl+C")] });
  expect(outcome).toBe("8: confirmation cancelled, not proceeding with the update");
});

it("asks nothing with --yes, and previews nothing with --skip-preview", async () => {
  expect(await ask({ answers: [], flags: ["yes"] })).toEqual({ outcome: true, text: PREVIEW });
  expect(await ask({ answers: [], flags: ["skip-preview"] })).toEqual({ outcome: true, text: "" });
});

it("refuses to go on when nobody can be asked", () => {
  const call = { flags: new Flags(new Map()), context: { ask: undefined } } as unknown as CommandCall;
  expect(() => requireConsent(call)).toThrow(
    "--yes or --skip-preview or --preview-only must be passed in to proceed when running in non-interactive mode",
  );
});
