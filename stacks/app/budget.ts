import { type AppContext, Budget } from "@devfactory/components/index.ts";
import * as pulumi from "@pulumi/pulumi";
import type { AppSpec } from "../spec/index.ts";
import type { Deployment } from "./settings.ts";

/** Percent of the budget that is spent when its people are told, once a month each. */
const STEPS = [80, 100] as const;

/**
 * Watches what the app spends where the spec names a budget and the platform names people. It begins in the month in which it is made and keeps that
 * month: Azure takes no budget that begins in the past, and another month would replace it.
 */
export function makeBudget(context: AppContext, { budget }: AppSpec, { notify = [], month }: Deployment): void {
  if (!budget || notify.length === 0 || month === undefined) return;
  const keepMonth: pulumi.ResourceTransformation = ({ props, opts }) => ({
    props,
    opts: pulumi.mergeOptions(opts, { ignoreChanges: ["timePeriod"] }),
  });
  const args = {
    context,
    monthlyAmount: budget.monthlyUsd,
    firstMonth: month,
    thresholds: STEPS.map((percent) => ({ percent })),
    emails: notify,
  };
  new Budget("budget", args, { transformations: [keepMonth] });
}
