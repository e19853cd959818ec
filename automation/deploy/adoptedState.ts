/** A resource as a deployment of version 3 holds it, as far as its place matters. */
export interface StateRow {
  readonly urn: string;
  readonly id?: string;
  readonly parent?: string;
  readonly provider?: string;
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: Readonly<Record<string, readonly string[]>>;
  readonly deletedWith?: string;
  readonly delete?: boolean;
  readonly pendingReplacement?: boolean;
}

/** The part of an exported stack that a recovery changes. */
export interface StateRows {
  readonly resources?: readonly StateRow[];
  readonly pending_operations?: readonly { readonly type: string; readonly resource: StateRow }[];
}

/**
 * The state in which creates are done whose resources were found in Azure, as the engine would have written it: the new resource with its id; an
 * old one that it replaces waits for its deletion, or is out when it was deleted first. The refresh that follows reads the outputs.
 *
 * @param adopted URN → id
 */
export function withAdopted<State extends StateRows>(state: State, adopted: ReadonlyMap<string, string>): State {
  const pending = state.pending_operations ?? [];
  const isAdopted = ({ type, resource }: (typeof pending)[number]) => type === "creating" && adopted.has(resource.urn);
  const made = pending.filter(isAdopted).map(({ resource }) => ({ ...resource, id: adopted.get(resource.urn) ?? "" }));
  const olds = (state.resources ?? []).flatMap((row) => {
    if (row.delete || !adopted.has(row.urn)) return [row];
    return row.pendingReplacement ? [] : [{ ...row, delete: true }];
  });
  const open = pending.filter((each) => !isAdopted(each));
  return { ...state, resources: inOrder([...olds, ...made]), pending_operations: open };
}

/** What a resource refers to stands before it; otherwise the order stays. */
function inOrder(rows: readonly StateRow[]): readonly StateRow[] {
  const urns = new Set(rows.map(({ urn }) => urn));
  const done = new Set<string>();
  const sorted: StateRow[] = [];
  let left = rows;
  while (left.length > 0) {
    const isReady = (row: StateRow) =>
      referencesOf(row).every((urn) => urn === row.urn || done.has(urn) || !urns.has(urn));
    // A circle cannot be put in order: it stays as it is, and the engine says what is wrong with it.
    const next = left.find(isReady) ?? left[0];
    if (!next) break;
    sorted.push(next);
    done.add(next.urn);
    left = left.filter((row) => row !== next);
  }
  return sorted;
}

function referencesOf({
  parent,
  provider,
  dependencies,
  propertyDependencies,
  deletedWith,
}: StateRow): readonly string[] {
  const ofProvider = provider?.slice(0, provider.lastIndexOf("::"));
  const single = [parent, ofProvider, deletedWith].filter((urn) => urn !== undefined);
  return [...single, ...(dependencies ?? []), ...Object.values(propertyDependencies ?? {}).flat()];
}
