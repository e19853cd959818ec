import { resolve } from "node:path";
import { replaceFile } from "../../backend/replaceFile.ts";
import type { ResourceState } from "../../deploy/state.ts";
import { parseUrn } from "../../deploy/urn.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { StackSession } from "../session.ts";

interface GraphOptions {
  readonly dependencies: boolean;
  readonly parents: boolean;
  readonly dependencyColor: string;
  readonly parentColor: string;
  readonly shortNames: boolean;
}

/** `stack graph FILE`: what depends on what, and who is whose parent, in the DOT language. */
export async function run(call: CommandCall): Promise<number> {
  const { context, flags, args } = call;
  const [file] = args;
  if (!file) throw new EngineError("missing the file to write the graph to", EXIT.configuration);
  const { deployment } = await StackSession.open(call);
  if (!deployment) throw new EngineError("unable to find snapshot for this stack");
  const text = renderGraph(deployment.resources ?? [], {
    dependencies: !flags.on("ignore-dependency-edges"),
    parents: !flags.on("ignore-parent-edges"),
    dependencyColor: flags.text("dependency-edge-color") ?? "#246C60",
    parentColor: flags.text("parent-edge-color") ?? "#AA6639",
    shortNames: flags.on("short-node-name"),
  });
  replaceFile(resolve(context.cwd, file), text, { mode: 0o666 });
  context.out(`Wrote stack dependency graph to \`${file}\`\n`);
  return EXIT.ok;
}

/** Edges go from what is needed to what needs it, and from parents to children, in different colors. */
export function renderGraph(resources: readonly ResourceState[], options: GraphOptions): string {
  const ids = new Map(resources.map(({ urn }, index) => [urn, `Resource${index}`]));
  const lines = resources.flatMap((state, index) => {
    const id = `Resource${index}`;
    const label = options.shortNames ? parseUrn(state.urn).name : state.urn;
    const edge = (from: string, color: string, text: string) => {
      const source = ids.get(from);
      return source ? [`    ${source} -> ${id} [color = "${color}", label = "${quote(text)}"];`] : [];
    };
    const byProperty = Object.entries(state.propertyDependencies ?? {});
    const properties = (urn: string) =>
      byProperty
        .filter(([, urns]) => urns.includes(urn))
        .map(([key]) => key)
        .join(", ");
    return [
      `    ${id} [label="${quote(label)}"];`,
      ...(options.dependencies
        ? (state.dependencies ?? []).flatMap((urn) => edge(urn, options.dependencyColor, properties(urn)))
        : []),
      ...(options.parents && state.parent ? edge(state.parent, options.parentColor, "") : []),
    ];
  });
  return `strict digraph {\n${lines.join("\n")}\n}\n`;
}

function quote(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
}
