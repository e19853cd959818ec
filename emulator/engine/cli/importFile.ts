import { writeFileSync } from "node:fs";
import { isDefaultProvider, isProviderType, parseUrn, STACK_TYPE } from "../deploy/urn.ts";
import type { EngineEvent, StepMetadata } from "../events/types.ts";

/** What stands for an id that a person has still to fill in. */
const PLACEHOLDER = "<PLACEHOLDER>";

interface ImportRow {
  readonly type: string;
  readonly name: string;
  readonly id?: string;
  readonly parent?: string;
  readonly provider?: string;
  readonly component?: true;
}

/** Collects what a preview would create into a file for `pulumi import --file` (`preview --import-file`). */
export class ImportFileWriter {
  readonly #rows: ImportRow[] = [];
  /** Names of what exists already and is referred to. */
  readonly #nameTable = new Map<string, string>();
  readonly #created = new Set<string>();

  readonly listener = (event: EngineEvent): void => {
    if ("resourcePreEvent" in event) this.#onStep(event.resourcePreEvent.metadata);
  };

  write(path: string): void {
    const nameTable = this.#nameTable.size > 0 ? { nameTable: Object.fromEntries(this.#nameTable) } : {};
    writeFileSync(path, `${JSON.stringify({ ...nameTable, resources: this.#rows }, null, 4)}\n`);
  }

  #onStep({ op, urn, type, new: state }: StepMetadata): void {
    if (op !== "create" || !state || type === STACK_TYPE || isProviderType(type)) return;
    this.#created.add(urn);
    const parent = this.#reference(state.parent);
    const provider = this.#reference(state.provider.split("::").slice(0, -1).join("::"));
    this.#rows.push({
      type,
      name: parseUrn(urn).name,
      ...(state.custom ? { id: PLACEHOLDER } : { component: true }),
      ...(parent ? { parent } : {}),
      ...(provider ? { provider } : {}),
    });
  }

  #reference(urn: string): string | undefined {
    if (urn === "" || parseUrn(urn).type === STACK_TYPE || isDefaultProvider(urn)) return undefined;
    const { name } = parseUrn(urn);
    if (!this.#created.has(urn)) this.#nameTable.set(name, urn);
    return name;
  }
}
