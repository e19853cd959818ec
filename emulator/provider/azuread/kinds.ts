import type { Properties } from "../rpc/logic.ts";
import type { GraphClient } from "./graphClient.ts";

/** How one class of azuread is made with Graph. Ids have the shape that the published provider gives them. */
export interface Kind {
  readonly replaceOn: readonly string[];
  /** Inputs without which there is no object. */
  readonly required: readonly string[];
  /** Outputs that a preview cannot know. */
  readonly computed: readonly string[];
  create(graph: GraphClient, inputs: Properties): Promise<{ readonly id: string; readonly outputs: Properties }>;
  /** `undefined` when it is gone. */
  read(graph: GraphClient, id: string, state: Properties): Promise<Properties | undefined>;
  /** Absent: every change replaces. */
  update?(graph: GraphClient, id: string, news: Properties, olds: Properties): Promise<Properties>;
  delete(graph: GraphClient, id: string, state: Properties): Promise<void>;
}

/** Last part of an id such as `/applications/<object id>`. */
export function lastPart(id: unknown): string {
  return String(id).split("/").at(-1) ?? "";
}

/** Fields that are set, under their Graph names. */
export function pick(inputs: Properties, names: Readonly<Record<string, string>>): Properties {
  const found = Object.entries(names).flatMap(([input, field]) =>
    inputs[input] === undefined ? [] : [[field, inputs[input]] as const],
  );
  return Object.fromEntries(found);
}

/** A kind whose objects live in a collection of Graph and are changed by PATCH. */
export function collectionKind(options: {
  readonly collection: string;
  readonly required: readonly string[];
  readonly replaceOn?: readonly string[];
  readonly computed?: readonly string[];
  readonly toGraph: (inputs: Properties, olds: Properties) => Properties;
  readonly outputs: (body: Properties) => Properties;
}): Kind {
  const { collection, toGraph } = options;
  const outputs = (inputs: Properties, body: Properties) => ({
    ...inputs,
    ...options.outputs(body),
    objectId: body.id,
  });
  return {
    required: options.required,
    replaceOn: options.replaceOn ?? [],
    computed: ["objectId", ...(options.computed ?? [])],
    async create(graph, inputs) {
      const body = await graph.post(`/${collection}`, toGraph(inputs, {}));
      return { id: `/${collection}/${String(body.id)}`, outputs: outputs(inputs, body) };
    },
    async read(graph, id, state) {
      const body = await graph.get(`/${collection}/${lastPart(id)}`);
      return body && outputs(state, body);
    },
    async update(graph, id, news, olds) {
      const path = `/${collection}/${lastPart(id)}`;
      await graph.patch(path, toGraph(news, olds));
      return outputs(news, (await graph.get(path)) ?? {});
    },
    delete: (graph, id) => graph.delete(`/${collection}/${lastPart(id)}`),
  };
}
