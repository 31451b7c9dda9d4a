import { isAgentFactoryError } from '@agent-factory/sdk';
import type {
  BlueprintDetails,
  BlueprintSuite,
  BlueprintSummary,
  InstalledBlueprint,
  TenantBlueprints,
} from '@agent-factory/sdk/contracts';
import type { BlueprintSources, BlueprintsOptions } from './blueprints.ts';
import { blueprintErrors as errors } from '@agent-factory/sdk/contracts';
import { exportBlueprint } from './export/export-blueprint.ts';
import { changeInstall } from './install/change-install.ts';
import { listInstalls, type KeptInstall } from './install/install-rows.ts';
import { baseHere, lookAround, type Places } from './install/look-around.ts';
import { keyOf, type PartHere } from './install/part.ts';
import { createPlan, type MadePlan, type PlanRequest } from './install/create-plan.ts';
import { wantedParts } from './install/wanted-parts.ts';
import type { BlueprintSource } from './package/read-blueprint.ts';
import { exampleAnswers } from './parameters/answers.ts';
import { invalid } from './problems.ts';

/** What the blueprints of one tenant stand on. */
export interface TenantBlueprintsOptions extends BlueprintsOptions {
  readonly tenant: string;
  readonly sources: BlueprintSources;
  readonly places: Places;
}

/** The blueprints of one tenant. */
export function createTenantBlueprints(options: TenantBlueprintsOptions): TenantBlueprints {
  const { tenant, sources, places, useTenant } = options;
  const installs = (): Promise<readonly KeptInstall[]> => useTenant(tenant, listInstalls);

  const unknown = (name: string): Error =>
    errors.AF_BLUEPRINT_UNKNOWN({ name, known: sources.names.join(', ') || 'none' });
  const activeOr = async (name: string): Promise<BlueprintSource> => {
    const found = await sources.active(name);
    if (found) return found;
    throw unknown(name);
  };
  const installedOr = (name: string, all: readonly KeptInstall[]): KeptInstall => {
    const found = all.find((one) => one.name === name);
    if (found) return found;
    const known = all.map((one) => one.name).join(', ') || 'none';
    throw errors.AF_BLUEPRINT_NOT_INSTALLED({ name, known });
  };
  const planOf = async (
    source: BlueprintSource | undefined,
    request: PlanRequest,
    all: readonly KeptInstall[],
  ): Promise<MadePlan> => createPlan({ ...options, source, request, installs: all });

  const summaryOf = (
    name: string,
    source: BlueprintSource | undefined,
    install: KeptInstall | undefined,
  ): BlueprintSummary => {
    const description = source?.head.description;
    return {
      name,
      ...(description !== undefined && { description }),
      ...(source && { available: { version: source.version, hash: source.hash } }),
      ...(install && { installed: { version: install.version, hash: install.hash } }),
      upgrade: source !== undefined && install !== undefined && source.hash !== install.hash,
    };
  };

  const detailsOf = async (name: string): Promise<BlueprintDetails | undefined> => {
    const install = (await installs()).find((one) => one.name === name);
    const source = await sources.active(name);
    if (!install && !source) return undefined;
    return {
      ...summaryOf(name, source, install),
      ...(source && { blueprint: source.blueprint }),
      problems: source?.problems ?? [],
      ...(install && { installation: await installedAs(install, places) }),
    };
  };

  return {
    async list() {
      const all = await installs();
      const names = [...new Set([...sources.names, ...all.map(({ name }) => name)])].sort();
      const active = await Promise.all(names.map(async (name) => sources.active(name)));
      return names.map((name, at) =>
        summaryOf(
          name,
          active[at],
          all.find((one) => one.name === name),
        ),
      );
    },
    async get(name) {
      const found = await detailsOf(name);
      if (found) return found;
      throw unknown(name);
    },
    async validate(from, parameters = {}) {
      const source = 'name' in from ? await activeOr(from.name) : await sources.inFolder(from.folder);
      const given = { ...exampleAnswers(source.head.parameters), ...parameters };
      const request = { name: source.name, parameters: given, edits: 'overwrite' } as const;
      return (await planOf(source, request, await installs())).plan.problems;
    },
    async plan(request) {
      return (await planOf(await activeOr(request.name), request, await installs())).plan;
    },
    async install(request) {
      const source = await activeOr(request.name);
      const all = await installs();
      const old = all.find(({ name }) => name === request.name);
      if (old?.state === 'installed')
        throw errors.AF_BLUEPRINT_INSTALLED({ name: old.name, version: old.version });
      return installedAs(await changeInstall(await planOf(source, request, all), options), places);
    },
    async upgrade(request) {
      const source = await activeOr(request.name);
      const all = await installs();
      installedOr(request.name, all);
      return installedAs(await changeInstall(await planOf(source, request, all), options), places);
    },
    async remove(name, { edits = 'refuse' } = {}, { check } = {}) {
      const all = await installs();
      // What is changed after this plan was made is found out when it is carried out.
      const plan = await planOf(undefined, { name, edits }, all);
      if (check) check(await detailsOf(name));
      installedOr(name, all);
      await changeInstall(plan, options).catch(async (error: unknown) => {
        if (check && isAgentFactoryError(error, 'AF_BLUEPRINT_BUSY')) check(await detailsOf(name));
        throw error;
      });
    },
    async suites() {
      const found: BlueprintSuite[] = [];
      for (const { name, parameters } of await installs()) {
        const source = await sources.active(name);
        if (!source) continue;
        const { suites } = wantedParts(source, parameters, options.validator);
        found.push(...suites.map((suite) => ({ blueprint: name, suite })));
      }
      return found;
    },
    async export(request) {
      const tools = ((await places.tools?.list()) ?? []).map(({ name }) => ({ part: 'tool', name }) as const);
      const bases = (await places.knowledge?.list()) ?? [];
      const here = new Map([
        ...(await lookAround(places, tools)),
        ...bases.map((one) => [keyOf({ part: 'knowledge', name: one.base.name }), baseHere(one)] as const),
      ]);
      const { files, problems } = exportBlueprint(request, here, options.kernelVersion);
      if (problems.length > 0) throw invalid(request.name, problems);
      return files;
    },
  };
}

/** An install with what became of its parts since. */
async function installedAs(install: KeptInstall, places: Places): Promise<InstalledBlueprint> {
  const here = await lookAround(places, install.parts);
  const { name, version, hash, parameters, state, changedAt } = install;
  const isEdited = (one: KeptInstall['parts'][number], now: PartHere | undefined): boolean =>
    one.kept !== null && now?.hash !== one.kept;
  const parts = install.parts.map((one) => ({
    part: one.part,
    name: one.name,
    edited: isEdited(one, here.get(keyOf(one))),
  }));
  return { name, version, hash, parameters, parts, state, changedAt };
}
