import type { JsonObject } from '@agent-factory/sdk';
import type { BlueprintPlan, BlueprintStep, LocalEdits } from '@agent-factory/sdk/contracts';
import type { BlueprintSource } from '../package/read-blueprint.ts';
import type { TenantBlueprintsOptions } from '../tenant-blueprints.ts';
import type { KeptInstall } from './install-rows.ts';
import { lookAround } from './look-around.ts';
import { lookClosely } from './look-closely.ts';
import { keyOf } from './part.ts';
import { planSteps, type Planned } from './plan-steps.ts';
import { wantedParts } from './wanted-parts.ts';

/** What is wanted of a blueprint. */
export interface PlanRequest {
  readonly name: string;
  readonly parameters?: JsonObject;
  readonly edits?: LocalEdits;
}

/** A plan, and what it is carried out with. */
export interface MadePlan {
  readonly plan: BlueprintPlan;
  readonly planned: Planned;
  /** What the blueprint holds; left out for a removal. */
  readonly source: BlueprintSource | undefined;
  readonly old: KeptInstall | undefined;
}

/** What a plan is made from. */
export interface PlanParts extends TenantBlueprintsOptions {
  readonly source: BlueprintSource | undefined;
  readonly request: PlanRequest;
  readonly installs: readonly KeptInstall[];
}

/** Works out what an install, upgrade or removal would do, and what would go wrong. Nothing is changed. */
export async function createPlan({
  source,
  request,
  installs,
  validator,
  places,
}: PlanParts): Promise<MadePlan> {
  const { name, parameters = {}, edits = 'refuse' } = request;
  const old = installs.find((one) => one.name === name);
  const given = { ...stillAsked(source, old), ...parameters };
  const wanted = source
    ? wantedParts(source, given, validator)
    : { parameters: {}, parts: [], suites: [], problems: [] };
  const brought = old?.parts ?? [];
  const here = await lookAround(places, [...wanted.parts, ...brought]);
  const owners = new Map(
    installs
      .filter((one) => one !== old)
      .flatMap((one) => one.parts.map((part) => [keyOf(part), one.name] as const)),
  );
  const planned = planSteps({ wanted: wanted.parts, brought, here, owners, edits });
  // With parts left out because something is wrong with them, the rest cannot be judged.
  const closer =
    wanted.problems.length > 0
      ? planned.problems
      : await lookClosely({ planned, wanted: wanted.parts, here, places, ...(source && { source }) });
  const steps = planned.steps.map(({ part, name: own, action, edited, changes }): BlueprintStep => ({
    part,
    name: own,
    action,
    edited,
    changes,
  }));
  const plan: BlueprintPlan = {
    name,
    ...(old && { from: old.version }),
    ...(source && { to: source.version }),
    parameters: wanted.parameters,
    steps,
    problems: [...wanted.problems, ...closer],
  };
  return { plan, planned, source, old };
}

/** Answers given before, to what is still asked. */
function stillAsked(source: BlueprintSource | undefined, old: KeptInstall | undefined): JsonObject {
  const asked = Object(source?.head.parameters?.['properties']) as object; // an object, or none
  return Object.fromEntries(
    Object.entries(old?.parameters ?? {}).filter(([name]) => Object.hasOwn(asked, name)),
  );
}
