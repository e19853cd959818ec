import { HumanDisplay } from "../display/human.ts";
import { PreviewDocument } from "../display/previewJson.ts";
import type { EventStream } from "../events/stream.ts";
import type { CommandCall } from "./command.ts";
import type { OperationKind } from "./commands/operate.ts";

/** Shows an operation's events as the flags ask. @returns to be called at the end: prints what is still to be printed */
export function openDisplay(call: CommandCall, kind: OperationKind, events: EventStream): () => void {
  const { context, flags } = call;
  if (flags.on("json") && kind.verb === "preview") {
    const document = new PreviewDocument();
    events.listen(document.listener);
    return () => context.out(document.render());
  }
  if (flags.on("json")) {
    events.listen((event) => context.out(`${JSON.stringify(event)}\n`));
    return () => undefined;
  }
  const display = new HumanDisplay({
    title: kind.title,
    preview: kind.preview,
    showOutputs: !flags.on("suppress-outputs"),
    showProgress: !flags.on("suppress-progress"),
    showDiff: flags.on("diff"),
    write: context.out,
  });
  events.listen(display.listener);
  return () => undefined;
}
