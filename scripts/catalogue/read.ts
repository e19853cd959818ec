import ts from "typescript-5";
import { CROSS_CUT_SLOTS } from "../../components/core/crossCut.ts";
import { ruleOfToken } from "../../components/core/naming.ts";
import { STATEFUL } from "../../components/core/stateful.ts";
import { profileTables, readArguments } from "./arguments.ts";
import { readArgumentDoc, readClassDoc } from "./doc.ts";
import { readGrants, readVariables } from "./grants.ts";
import type { Catalogue, Component } from "./schema.ts";
import { bare, nodesOf, patternOf, Source } from "./source.ts";

/**
 * Reads the catalogue of components from their source: names, arguments, links and outputs from the types and tables, what they mean
 * from the doc comments. @param root the checkout
 */
export function readCatalogue(root: string): Catalogue {
  const source = new Source(root);
  const components = source.componentClasses().map((each) => readComponent(source, each));
  return { $schema: "./catalogue.schema.json", version: 1, components };
}

function readComponent(source: Source, declaration: ts.ClassDeclaration): Component {
  const lineage = source.lineage(declaration);
  const file = source.fileOf(declaration);
  const { creates: createsDoc, grants, cost, limits, ...doc } = readClassDoc(source.commentOf(declaration));
  const args = readArguments(source, lineage);
  const creates = readSlots(source, lineage);
  return {
    name: declaration.name?.text ?? "",
    family: file.split("/")[1] ?? "",
    file,
    summary: doc.summary,
    creates,
    ...(createsDoc !== undefined && { createsDoc }),
    arguments: args,
    profiles: Object.fromEntries(profileTables(lineage)),
    grants: readGrants(source, lineage),
    variables: readVariables(source, lineage),
    ...(grants !== undefined && { grantsDoc: grants }),
    outputs: readOutputs(source, lineage),
    ...(cost !== undefined && { cost }),
    ...(limits !== undefined && { limits }),
    ...namingOf(creates),
    keepsData: lineage.some((each) => nodesOf(each, ts.isPropertyAssignment).some(isKeepsData)),
    replacedBy: args.filter((each) => each.change === "replaces").map((each) => each.name),
    examples: doc.examples.map((each) => ({ ...each })),
  };
}

/** The rule of the name that all of Azure shares, else of the first child that is named. */
function namingOf(creates: Component["creates"]): Pick<Component, "naming"> {
  const rules = creates.flatMap(
    ({ resource }) => ruleOfToken(`azure-native:${resource?.replace(".", ":")}`)?.rule ?? [],
  );
  const rule = rules.find((each) => each.global) ?? rules[0];
  return rule ? { naming: { min: rule.min, max: rule.max, global: rule.global } } : {};
}

/** `keepsData: true`, which a component says where it asks for the common options. */
function isKeepsData({ name, initializer }: ts.PropertyAssignment): boolean {
  return name.getText() === "keepsData" && initializer.kind === ts.SyntaxKind.TrueKeyword;
}

/** Slots that the class gives to its base, without those of the common options. */
function readSlots(source: Source, lineage: readonly ts.ClassDeclaration[]): Component["creates"] {
  const common: readonly string[] = CROSS_CUT_SLOTS;
  const [own] = lineage;
  const call =
    own && nodesOf(own, ts.isCallExpression).find((each) => each.expression.kind === ts.SyntaxKind.SuperKeyword);
  const list = call?.arguments.at(-1);
  const classes = new Map(lineage.flatMap((each) => childrenOf(each)).reverse()); // the first child of a slot names it
  const slots = (list ? source.strings(list) : []).filter((each) => classes.has(each) || !common.includes(each));
  return slots.map((slot) => {
    const resource = classes.get(slot);
    const replacedBy = STATEFUL[`azure-native:${resource?.replace(".", ":")}`];
    return { slot, ...(resource !== undefined && { resource }), ...(replacedBy && { replacedBy: [...replacedBy] }) };
  });
}

/** Slot and class of each `this.child(slot, Class, …)`. */
function childrenOf(declaration: ts.ClassDeclaration): (readonly [string, string])[] {
  return nodesOf(declaration, ts.isCallExpression)
    .filter((each) => each.expression.getText() === "this.child")
    .flatMap(({ arguments: [slot, made] }) => {
      const pattern = slot && patternOf(bare(slot));
      return pattern !== undefined && made ? [[pattern, made.getText()] as const] : [];
    });
}

/** Public properties; where a class says nothing about one of its base, the base does. */
function readOutputs(source: Source, lineage: readonly ts.ClassDeclaration[]): Component["outputs"] {
  const members = lineage.slice(0, -1).flatMap((each) => each.members.filter(ts.isPropertyDeclaration));
  const outputs = members.flatMap((member) => {
    const hidden = (ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Protected | ts.ModifierFlags.Static)) !== 0;
    if (hidden || ts.isPrivateIdentifier(member.name) || !member.type) return [];
    const { doc } = readArgumentDoc(source.commentOf(member));
    const secret = /\bencrypted in state\b/.test(doc);
    return [{ name: member.name.getText(), type: member.type.getText().replaceAll(/\s+/g, " "), doc, secret }];
  });
  const byName = Map.groupBy(outputs, ({ name }) => name);
  return [...byName.values()].flatMap(([first, ...more]) =>
    first ? [{ ...first, doc: [first, ...more].find(({ doc }) => doc !== "")?.doc ?? "" }] : [],
  );
}
