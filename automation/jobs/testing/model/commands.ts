import fc from "fast-check";
import { PRIORITIES, type Priority } from "../../../schedule/schedule.ts";

/** How work ends: well, by the user's fault, by ours, with a question, or because it was asked to stop. */
export const ENDINGS = ["done", "user", "ours", "ask", "obey"] as const;
export type Ending = (typeof ENDINGS)[number];

/** One thing that happens. Numbers choose among what is there (modulo), so that a sequence stays valid when parts are left out. */
export type Command = { readonly on: number } & (
  | {
      readonly do: "post";
      readonly tenant: number;
      readonly app: number;
      readonly latestWins: boolean;
      readonly priority: Priority;
    }
  | {
      readonly do: "again" | "cancel" | "answer" | "redrive" | "deliver" | "double" | "lose" | "drop" | "rush";
      readonly which: number;
    }
  | { readonly do: "end"; readonly which: number; readonly how: Ending }
  | { readonly do: "kill" | "pause" | "resume" }
  | { readonly do: "pass"; readonly minutes: number }
  | { readonly do: "sweep"; readonly audit: boolean }
);

const on = fc.nat({ max: 2 });
const which = fc.nat({ max: 9 });
const choice = <T extends Command["do"]>(name: T) => fc.record({ do: fc.constant(name), which, on });
const simple = <T extends Command["do"]>(name: T) => fc.record({ do: fc.constant(name), on });

const post = fc.record({
  do: fc.constant("post" as const),
  on,
  tenant: fc.nat({ max: 2 }),
  app: fc.nat({ max: 5 }),
  latestWins: fc.boolean(),
  priority: fc.constantFrom(...PRIORITIES),
});
const end = fc.record({
  do: fc.constant("end" as const),
  on,
  which,
  how: fc.constantFrom(...ENDINGS, "done" as const),
});

/** Mostly work, and in between everything that goes wrong. */
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: post },
  { weight: 8, arbitrary: choice("deliver") },
  { weight: 8, arbitrary: end },
  { weight: 2, arbitrary: choice("again") },
  { weight: 2, arbitrary: choice("cancel") },
  { weight: 2, arbitrary: choice("answer") },
  { weight: 2, arbitrary: choice("redrive") },
  { weight: 2, arbitrary: choice("double") },
  { weight: 1, arbitrary: choice("lose") },
  { weight: 2, arbitrary: choice("drop") },
  { weight: 2, arbitrary: choice("rush") },
  { weight: 2, arbitrary: simple("kill") },
  { weight: 1, arbitrary: simple("pause") },
  { weight: 2, arbitrary: simple("resume") },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pass" as const), on, minutes: fc.nat({ max: 6 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("sweep" as const), on, audit: fc.boolean() }) },
);

/** Things that happen at the same time: their calls meet in any order. */
export type Moment = readonly Command[];

export const moment: fc.Arbitrary<Moment> = fc.array(command, { minLength: 1, maxLength: 5, size: "max" });
