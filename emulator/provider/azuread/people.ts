import type { Properties } from "../rpc/logic.ts";
import type { GraphClient } from "./graphClient.ts";
import { collectionKind, type Kind, lastPart, pick } from "./kinds.ts";

const plainGroup: Kind = collectionKind({
  collection: "groups",
  required: ["displayName"],
  replaceOn: ["mailNickname"],
  toGraph: (inputs) =>
    pick(inputs, {
      displayName: "displayName",
      description: "description",
      securityEnabled: "securityEnabled",
      mailEnabled: "mailEnabled",
      mailNickname: "mailNickname",
      assignableToRole: "isAssignableToRole",
      visibility: "visibility",
    }),
  outputs: () => ({}),
});

/** Group, with the members that it names. */
export const group: Kind = {
  ...plainGroup,
  async create(graph, inputs) {
    const made = await plainGroup.create(graph, inputs);
    await setMembers(graph, made.id, [], texts(inputs.members));
    return made;
  },
  async update(graph, id, news, olds) {
    const outputs = (await plainGroup.update?.(graph, id, news, olds)) ?? news;
    await setMembers(graph, id, texts(olds.members), texts(news.members));
    return outputs;
  },
};

async function setMembers(
  graph: GraphClient,
  id: string,
  before: readonly string[],
  after: readonly string[],
): Promise<void> {
  const path = `/groups/${lastPart(id)}/members`;
  for (const each of after.filter((member) => !before.includes(member))) await addMember(graph, path, each);
  for (const each of before.filter((member) => !after.includes(member))) await graph.delete(`${path}/${each}/$ref`);
}

async function addMember(graph: GraphClient, path: string, member: string): Promise<void> {
  await graph.post(`${path}/$ref`, { "@odata.id": graph.reference(`/directoryObjects/${member}`) });
}

/** One membership. */
export const groupMember: Kind = {
  required: ["groupObjectId", "memberObjectId"],
  replaceOn: ["groupObjectId", "memberObjectId"],
  computed: [],
  async create(graph, inputs) {
    const groupId = lastPart(inputs.groupObjectId);
    const member = lastPart(inputs.memberObjectId);
    await addMember(graph, `/groups/${groupId}/members`, member);
    return { id: `${groupId}/member/${member}`, outputs: inputs };
  },
  async read(graph, id, state) {
    const [groupId = "", , member = ""] = id.split("/");
    const found = await graph.get(`/groups/${groupId}/members`);
    const members = Array.isArray(found?.value) ? (found.value as readonly Properties[]) : [];
    return members.some((each) => each.id === member) ? state : undefined;
  },
  async delete(graph, id) {
    const [groupId = "", , member = ""] = id.split("/");
    await graph.delete(`/groups/${groupId}/members/${member}/$ref`);
  },
};

/** User. The password is an input; it is never read back. */
export const user: Kind = collectionKind({
  collection: "users",
  required: ["userPrincipalName", "displayName"],
  toGraph: (inputs) => ({
    ...pick(inputs, {
      userPrincipalName: "userPrincipalName",
      displayName: "displayName",
      mailNickname: "mailNickname",
      mail: "mail",
      accountEnabled: "accountEnabled",
      givenName: "givenName",
      surname: "surname",
    }),
    ...(inputs.password === undefined ? {} : { passwordProfile: { password: inputs.password } }),
  }),
  outputs: () => ({}),
});

/** An app role of a resource application, given to a principal. */
export const appRoleAssignment: Kind = {
  required: ["appRoleId", "principalObjectId", "resourceObjectId"],
  replaceOn: ["appRoleId", "principalObjectId", "resourceObjectId"],
  computed: ["principalType"],
  async create(graph, inputs) {
    const resource = lastPart(inputs.resourceObjectId);
    const body = {
      appRoleId: inputs.appRoleId,
      principalId: inputs.principalObjectId,
      resourceId: inputs.resourceObjectId,
    };
    const made = await graph.post(`/servicePrincipals/${resource}/appRoleAssignedTo`, body);
    return { id: `/servicePrincipals/${resource}/appRoleAssignedTo/${String(made.id)}`, outputs: inputs };
  },
  async read(graph, id, state) {
    const found = await graph.get(id.split("/").slice(0, -1).join("/"));
    const all = Array.isArray(found?.value) ? (found.value as readonly Properties[]) : [];
    return all.some((each) => each.id === lastPart(id)) ? state : undefined;
  },
  delete: (graph, id) => graph.delete(id),
};

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
