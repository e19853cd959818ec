import { renderDiff } from "../display/diff/diffView.ts";
import { HumanDisplay } from "../display/human.ts";
import { colorMode, type Paint, painter } from "../display/paint.ts";
import { PreviewDocument } from "../display/previewJson.ts";
import type { StackName } from "../display/progress.ts";
import { EngineError, EXIT } from "../engineError.ts";
import type { EventStream } from "../events/stream.ts";
import type { EngineEvent } from "../events/types.ts";
import type { CommandCall } from "./command.ts";
import type { OperationKind } from "./commands/operate.ts";

/** The events of a call's preview, as long as the call lives: `details` at the prompt shows them. */
const previews = new WeakMap<CommandCall, readonly EngineEvent[]>();

/** Shows an operation's events as the flags ask. @returns to be called at the end: prints what is still to be printed */
export function openDisplay(
  call: CommandCall,
  kind: Pick<OperationKind, "title" | "preview" | "verb">,
  events: EventStream,
  stack: StackName,
): () => void {
  const { context, flags } = call;
  if (kind.preview && context.ask) record(call, events);
  if (flags.on("json") && kind.verb === "preview") {
    const document = new PreviewDocument({
      showSames: flags.on("show-sames"),
      showReplacementSteps: flags.on("show-replacement-steps"),
      suppressOutputs: flags.on("suppress-outputs"),
    });
    events.listen(document.listener);
    return () => context.out(document.render());
  }
  if (flags.on("json")) {
    events.listen((event) => context.out(`${JSON.stringify(event)}\n`));
    return () => undefined;
  }
  const display = new HumanDisplay({
    ...diffOptions(call, kind.preview),
    title: kind.title,
    stack,
    view: viewOf(call),
    showConfig: flags.on("show-config"),
    showDebug: flags.on("debug"),
    write: context.out,
    size: () => terminalSize(call),
    now: Date.now,
  });
  events.listen(display.listener);
  return () => display.close();
}

/** What the call's preview found, property by property. */
export function previewDetails(call: CommandCall): string {
  return renderDiff(previews.get(call) ?? [], diffOptions(call, true));
}

/**
 * The painter that `--color`, NO_COLOR and the terminal ask for.
 *
 * @throws EngineError (exit 2) for an unknown `--color`
 */
export function paintFor({ context, flags }: CommandCall): Paint {
  const mode = colorMode(flags.text("color"), context.env, context.terminal !== undefined);
  if (mode) return painter(mode);
  const message = `unsupported color option: '${flags.text("color")}'.  Supported values are: auto, always, never, raw`;
  throw new EngineError(message, EXIT.configuration);
}

function record(call: CommandCall, events: EventStream): void {
  const recorded: EngineEvent[] = [];
  previews.set(call, recorded);
  events.listen((event) => void recorded.push(event));
}

function diffOptions(call: CommandCall, preview: boolean) {
  const { flags } = call;
  return {
    paint: paintFor(call),
    preview,
    showSames: flags.on("show-sames"),
    showReads: flags.on("show-reads"),
    showReplacementSteps: flags.on("show-replacement-steps"),
    showOutputs: !flags.on("suppress-outputs"),
    truncate: flags.choice("show-full-output") === false,
  };
}

function viewOf({ context, flags }: CommandCall): "tree" | "lines" | "diff" | "none" {
  if (flags.on("diff")) return "diff";
  if (flags.on("suppress-progress")) return "none";
  // A dumb terminal cannot move its cursor.
  return context.terminal && context.env.TERM !== "dumb" && !flags.on("non-interactive") ? "tree" : "lines";
}

function terminalSize({ context }: CommandCall): { readonly columns: number; readonly rows: number } | undefined {
  const columns = context.terminal?.columns() ?? 0;
  const rows = context.terminal?.rows() ?? 0;
  return columns > 0 && rows > 0 ? { columns, rows } : undefined;
}
