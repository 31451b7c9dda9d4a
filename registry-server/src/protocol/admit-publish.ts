import type { IncomingMessage } from 'node:http';
import semver from 'semver';
import { errors } from '../errors.ts';
import { updateAccount } from '../store/accounts.ts';
import { findPackage, findVersion, packagesPublishedSince, type PackageRow } from '../store/packages.ts';
import { recordAudit } from '../store/records.ts';
import type { Sql } from '../store/sql.ts';
import { findStagedVersion } from '../store/staged.ts';
import { allBlocks } from '../store/trust-rows.ts';
import { checkNewName, checkNewScope } from '../trust/name-guard.ts';
import { requireChangeToken, type Caller } from '../app/caller.ts';
import { mayRead, requireBegin, requireChange, scopeOf } from '../app/package-rights.ts';
import { ago, nowOf, type Registry } from '../app/registry.ts';
import { requireSecondFactor } from '../app/second-factor.ts';
import type { Publication } from './publication.ts';

const minute = 60_000;

/** Makes sure that the caller may publish this, now. Nothing has been looked at yet. */
export async function admitPublish(
  registry: Registry,
  request: IncomingMessage,
  caller: Caller,
  { name, version }: Publication,
  staged: boolean,
): Promise<void> {
  const { database, settings } = registry;
  const { rights } = caller;
  const origin = registry.uplinks.originOf(name);
  if (origin !== undefined)
    throw errors.AF_REGISTRY_NAME_REFUSED({ name, reason: `it comes from ${origin}.` });
  if (!staged || rights.level === 'read') requireChangeToken(caller, name);
  const found = await findPackage(database, name);
  // Strangers learn no more of a restricted package than of a name that nobody has.
  const isHidden = found?.visibility === 'restricted' && !(await mayRead(database, name, caller));
  if (!found || isHidden) {
    await checkNewName(database, name, { policy: settings.policy, popular: settings.popularDownloads });
    const scope = scopeOf(name);
    if ((await requireBegin(database, name, caller)) && scope !== undefined)
      await checkNewScope(database, scope);
  }
  if (found) await requireChange(registry, database, name, caller);
  await refuseTaken(database, name, version);
  await refuseFrozen(registry, caller, name);
  if (staged || found?.second_factor === 'none' || !found) {
    if (!staged) await requireSecondFactor(registry, request, caller, 'publish');
    return;
  }
  await requireStrictFactor(registry, request, caller, found);
}

/** A package may ask for a second factor where its owners' accounts do not. */
async function requireStrictFactor(
  registry: Registry,
  request: IncomingMessage,
  caller: Caller,
  { name, second_factor }: PackageRow,
): Promise<void> {
  const { account, rights } = caller;
  if (rights.automation && second_factor === 'publish') {
    const reason = 'automation tokens may not publish it.';
    throw errors.AF_REGISTRY_FORBIDDEN({ account: account.name, action: 'publish', subject: name, reason });
  }
  if (rights.automation || rights.trusted) return;
  if (account.totp === null) {
    const reason = 'it needs a second factor, and the account has none.';
    throw errors.AF_REGISTRY_FORBIDDEN({ account: account.name, action: 'publish', subject: name, reason });
  }
  await requireSecondFactor(registry, request, caller, 'publish');
}

async function refuseTaken(sql: Sql, name: string, version: string): Promise<void> {
  const taken = (reason: string): Error => errors.AF_REGISTRY_VERSION_TAKEN({ name, version, reason });
  const found = await findVersion(sql, name, version);
  if (found) throw taken(found.state === 'removed' ? 'it was there once.' : 'it is there already.');
  const waiting = await findStagedVersion(sql, name, version);
  if (waiting) throw taken(`it waits as ${waiting.id}.`);
  const block = (await allBlocks(sql)).find(
    (each) => each.package === name && semver.satisfies(version, each.versions, { includePrerelease: true }),
  );
  if (block) throw errors.AF_REGISTRY_BLOCKED({ name, version, reason: block.reason });
}

/** Who suddenly publishes many packages is more likely a worm than a person. */
async function refuseFrozen(registry: Registry, { account }: Caller, name: string): Promise<void> {
  const { database, settings } = registry;
  const { packages, minutes } = settings.publishRate;
  if (account.frozen !== null)
    throw errors.AF_REGISTRY_ACCOUNT_FROZEN({ account: account.name, reason: account.frozen });
  if (packages === 0) return;
  const count = await packagesPublishedSince(database, account.name, ago(registry, minutes * minute), name);
  if (count < packages) return;
  const reason = `it published ${packages} packages within ${minutes} minutes and then began another.`;
  await database.write(async (sql) => {
    await updateAccount(sql, account.name, { frozen: reason });
    const at = nowOf(registry);
    await recordAudit(sql, {
      at,
      actor: 'registry',
      action: 'account.frozen',
      subject: account.name,
      detail: { reason },
    });
  });
  settings.log.warn('An account was frozen.', { account: account.name, reason });
  throw errors.AF_REGISTRY_ACCOUNT_FROZEN({ account: account.name, reason });
}
