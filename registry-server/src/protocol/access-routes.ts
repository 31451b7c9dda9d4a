import { errors } from '../errors.ts';
import { findAccount } from '../store/accounts.ts';
import { grantsOf, memberRole, orgExists, teamCollaborators } from '../store/orgs.ts';
import { ownersOf, packagesOwnedBy } from '../store/owners.ts';
import { findPackage, updatePackage, type PackageRow } from '../store/packages.ts';
import { mayRead, onlyReadable, requireChange } from '../app/package-rights.ts';
import { smallBody, type AccountCall, type Call, type Reply, type Route } from '../app/route.ts';
import { fields, oneOf } from './body-fields.ts';
import { refreshPackage } from './refresh-package.ts';

const path = '/-/package/:name';

/** Who may see and change a package: `npm access`. */
export const accessRoutes: readonly Route[] = [
  { method: 'GET', path: `${path}/visibility`, access: 'public', handler: showVisibility },
  { method: 'GET', path: `${path}/access`, access: 'public', handler: showAccess },
  { method: 'POST', path: `${path}/access`, access: 'change', body: smallBody, handler: setAccess },
  { method: 'GET', path: `${path}/collaborators`, access: 'account', handler: listCollaborators },
  { method: 'GET', path: '/-/user/:account/package', access: 'account', handler: listOwned },
  { method: 'GET', path: '/-/org/:org/package', access: 'account', handler: listOfOrg },
];

/** The package, if who asks may see it. @throws AF_REGISTRY_PACKAGE_UNKNOWN */
export async function requireReadable({ registry, caller }: Call, name: string): Promise<PackageRow> {
  const row = await findPackage(registry.database, name);
  const isVisible =
    row && (row.visibility === 'public' || (caller && (await mayRead(registry.database, name, caller))));
  if (!row || !isVisible) throw errors.AF_REGISTRY_PACKAGE_UNKNOWN({ name });
  return row;
}

async function showVisibility(call: Call): Promise<Reply> {
  const row = await requireReadable(call, call.params['name'] ?? '');
  return { body: { public: row.visibility === 'public' } };
}

async function showAccess(call: Call): Promise<Reply> {
  const { visibility, second_factor: factor } = await requireReadable(call, call.params['name'] ?? '');
  return {
    body: {
      access: visibility,
      publish_requires_tfa: factor !== 'none',
      automation_token_overrides_tfa: factor === 'automation',
    },
  };
}

async function setAccess({ registry, caller, params, body }: AccountCall): Promise<Reply> {
  const { name = '' } = params;
  const sent = fields(body);
  const factor =
    sent['publish_requires_tfa'] === undefined
      ? undefined
      : sent['publish_requires_tfa'] === true
        ? sent['automation_token_overrides_tfa'] === true
          ? 'automation'
          : 'publish'
        : 'none';
  const access =
    sent['access'] === undefined ? undefined : oneOf(sent, 'access', ['public', 'restricted', 'private']);
  if (access !== undefined && access !== 'public' && !name.startsWith('@'))
    throw errors.AF_REGISTRY_REQUEST({ reason: 'only packages in a scope can be restricted.' });
  await registry.database.write(async (sql) => {
    await requireChange(registry, sql, name, caller);
    const wasVisible = (await findPackage(sql, name))?.visibility;
    const visibility = access === 'private' ? 'restricted' : access;
    await updatePackage(sql, name, {
      ...(visibility !== undefined && { visibility }),
      ...(factor !== undefined && { second_factor: factor }),
    });
    const detail = { visibility: visibility ?? null, secondFactor: factor ?? null };
    const actor = caller.account.name;
    const edit = { kind: 'package.access', actor, detail, ...(wasVisible && { wasVisible }) };
    await refreshPackage(registry, sql, name, edit);
  });
  return { body: { ok: true } };
}

async function listCollaborators(call: AccountCall): Promise<Reply> {
  const { registry, params, query } = call;
  const { name = '' } = params;
  await requireReadable(call, name);
  const teams = await teamCollaborators(registry.database, name);
  const owners = await ownersOf(registry.database, name);
  const all = { ...teams, ...Object.fromEntries(owners.map(({ account }) => [account, 'read-write'])) };
  const only = query.get('user');
  const shown = Object.entries(all).filter(([account]) => only === null || account === only);
  return {
    body: Object.fromEntries(shown.map(([account, permission]) => [account, shortPermission(permission)])),
  };
}

async function listOwned({ registry, caller, params }: AccountCall): Promise<Reply> {
  const { account = '' } = params;
  if (!(await findAccount(registry.database, account)))
    throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'account', name: account });
  const owned = await packagesOwnedBy(registry.database, account);
  const names = await onlyReadable(registry.database, owned, caller);
  return { body: Object.fromEntries(names.map((name) => [name, 'write'])) };
}

async function listOfOrg({ registry, caller, params }: AccountCall): Promise<Reply> {
  const { org = '' } = params;
  const isMember = await memberRole(registry.database, org, caller.account.name);
  // Where there is no such organisation, npm asks for the account of that name.
  if (!(await orgExists(registry.database, org)) || !isMember)
    throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'organisation of yours', name: org });
  const grants = await grantsOf(registry.database, org);
  return {
    body: Object.fromEntries(Object.entries(grants).map(([name, each]) => [name, shortPermission(each)])),
  };
}

/** As npm prints it. */
function shortPermission(permission: string): string {
  return permission === 'read-write' ? 'write' : 'read';
}
