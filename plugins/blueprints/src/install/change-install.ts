import { isAgentFactoryError } from '@agent-factory/sdk';
import { blueprintErrors as errors } from '@agent-factory/sdk/contracts';
import { invalid } from '../problems.ts';
import type { TenantBlueprintsOptions } from '../tenant-blueprints.ts';
import { carryOut } from './carry-out.ts';
import type { MadePlan } from './create-plan.ts';
import { definitionProblems } from './look-closely.ts';
import { forgetInstall, keepInstall, type Install, type KeptInstall } from './install-rows.ts';

/**
 * Carries a plan out. It is written down first what is about to be brought, so that after a crash the same again ends
 * it; and of two who change a blueprint at once, one is refused before it has done anything.
 */
export async function changeInstall(
  { plan, planned, source, old }: MadePlan,
  { tenant, useTenant, places }: TenantBlueprintsOptions,
): Promise<KeptInstall> {
  const { name, parameters, problems } = plan;
  if (problems.length > 0) throw invalid(name, problems);
  if (planned.blocked.length > 0)
    throw errors.AF_BLUEPRINT_EDITED({ name, parts: planned.blocked.join(', ') });
  const target = { name, version: source?.version ?? '', hash: source?.hash ?? '', parameters };
  // Until it is done, nobody knows how what comes and goes is kept here.
  const going = planned.steps.flatMap(({ action, part, name: own, brought }) => {
    const gone = brought ? undefined : old?.parts.find((one) => one.part === part && one.name === own);
    return gone ? [{ ...gone, kept: action === 'remove' ? null : gone.kept }] : [];
  });
  // What it brought before is still to be taken away, also by whoever does it again.
  const coming = planned.steps.flatMap(({ brought, old: was }) =>
    brought && was?.documents
      ? { ...brought, documents: { ...was.documents, ...brought.documents } }
      : (brought ?? []),
  );
  const claim: Install = {
    ...(old ?? target),
    state: 'changing',
    parts: [...planned.settled, ...coming, ...going],
  };
  const keep = (install: Install, after: number): Promise<number> =>
    useTenant(tenant, (database) => keepInstall(database, install, after));
  const claimed = await keep(claim, old?.revision ?? 0);
  const asBefore = async (): Promise<void> => {
    if (old) await keep(old, claimed);
    else await useTenant(tenant, (database) => forgetInstall(database, name, claimed));
  };
  const brought = await carryOut(name, planned.steps, places, asBefore).catch((error: unknown) => {
    const wrong = definitionProblems(
      error,
      planned.steps.flatMap(({ want }) => want ?? []),
    );
    if (wrong) throw invalid(name, wrong);
    if (isAgentFactoryError(error, 'AF_DEFINITION_CHANGED'))
      throw errors.AF_BLUEPRINT_BUSY({ name }, { cause: error });
    throw error;
  });
  const done: Install = { ...target, state: 'installed', parts: [...planned.settled, ...brought] };
  if (source) return { ...done, revision: await keep(done, claimed), changedAt: Date.now() };
  await useTenant(tenant, (database) => forgetInstall(database, name, claimed));
  return { ...done, revision: claimed, changedAt: Date.now() };
}
