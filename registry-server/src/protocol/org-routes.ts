import { errors } from '../errors.ts';
import { findAccount } from '../store/accounts.ts';
import {
  addTeamMember,
  createTeam,
  deleteTeam,
  grantsOf,
  memberRole,
  membersOf,
  removeMember,
  removeTeamGrant,
  removeTeamMember,
  setMember,
  setTeamGrant,
  teamExists,
  teamMembers,
  teamsOf,
  type OrgRole,
} from '../store/orgs.ts';
import { recordAudit } from '../store/records.ts';
import type { Sql } from '../store/sql.ts';
import { requireChange } from '../app/package-rights.ts';
import { nowOf } from '../app/registry.ts';
import { smallBody, type AccountCall, type Reply, type Route } from '../app/route.ts';
import { fields, oneOf, text } from './body-fields.ts';

const org = '/-/org/:org';
const team = '/-/team/:org/:team';

/** Organisations and their teams: `npm org`, `npm team`, `npm access grant`. */
export const orgRoutes: readonly Route[] = [
  { method: 'GET', path: `${org}/user`, access: 'account', handler: listMembers },
  { method: 'PUT', path: `${org}/user`, access: 'change', body: smallBody, handler: putMember },
  { method: 'DELETE', path: `${org}/user`, access: 'change', body: smallBody, handler: dropMember },
  { method: 'GET', path: `${org}/team`, access: 'account', handler: listTeams },
  { method: 'PUT', path: `${org}/team`, access: 'change', body: smallBody, handler: putTeam },
  { method: 'DELETE', path: team, access: 'change', handler: dropTeam },
  { method: 'GET', path: `${team}/user`, access: 'account', handler: listTeamMembers },
  { method: 'PUT', path: `${team}/user`, access: 'change', body: smallBody, handler: putTeamMember },
  { method: 'DELETE', path: `${team}/user`, access: 'change', body: smallBody, handler: dropTeamMember },
  { method: 'GET', path: `${team}/package`, access: 'account', handler: listGrants },
  { method: 'PUT', path: `${team}/package`, access: 'change', body: smallBody, handler: putGrant },
  { method: 'DELETE', path: `${team}/package`, access: 'change', body: smallBody, handler: dropGrant },
];

async function listMembers({ registry, caller, params }: AccountCall): Promise<Reply> {
  const { org: name = '' } = params;
  await requireRole(registry.database, caller, name, ['owner', 'admin', 'developer']);
  return { body: await membersOf(registry.database, name) };
}

async function putMember(call: AccountCall): Promise<Reply> {
  const { registry, caller, params } = call;
  const { org: name = '' } = params;
  const sent = fields(call.body);
  const account = text(sent, 'user').replace(/^@/, '');
  const role = oneOf(sent, 'role', ['owner', 'admin', 'developer'], 'developer');
  const size = await registry.database.write(async (sql) => {
    const own = await requireRole(sql, caller, name, ['owner', 'admin']);
    if (role === 'owner' && own !== 'owner') throw forbidden(caller, name, 'only owners make owners.');
    await requireAccount(sql, account);
    await refuseLastOwner(sql, name, account, role);
    await setMember(sql, name, account, role);
    await note(call, sql, 'org.member', `@${name}`, { account, role });
    return Object.keys(await membersOf(sql, name)).length;
  });
  return { body: { org: { name, size }, user: account, role } };
}

async function dropMember(call: AccountCall): Promise<Reply> {
  const { registry, caller, params } = call;
  const { org: name = '' } = params;
  const account = text(fields(call.body), 'user').replace(/^@/, '');
  await registry.database.write(async (sql) => {
    const own = await requireRole(sql, caller, name, ['owner', 'admin']);
    if ((await memberRole(sql, name, account)) === 'owner' && own !== 'owner')
      throw forbidden(caller, name, 'only owners take the right from owners.');
    await refuseLastOwner(sql, name, account, undefined);
    if (!(await removeMember(sql, name, account)))
      throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: `member of @${name}`, name: account });
    await note(call, sql, 'org.member.removed', `@${name}`, { account });
  });
  return { status: 204 };
}

async function listTeams({ registry, caller, params }: AccountCall): Promise<Reply> {
  const { org: name = '' } = params;
  await requireRole(registry.database, caller, name, ['owner', 'admin', 'developer']);
  return { body: (await teamsOf(registry.database, name)).map((each) => `${name}:${each}`) };
}

async function putTeam(call: AccountCall): Promise<Reply> {
  const { registry, caller, params } = call;
  const { org: name = '' } = params;
  const sent = fields(call.body);
  const teamName = text(sent, 'name');
  if (!/^[a-z0-9][a-z0-9-]{0,38}$/.test(teamName))
    throw errors.AF_REGISTRY_REQUEST({
      reason: 'a team has a name of lower-case letters, digits and dashes.',
    });
  await registry.database.write(async (sql) => {
    await requireRole(sql, caller, name, ['owner', 'admin']);
    if (!(await createTeam(sql, name, teamName, text(sent, 'description', ''))))
      throw errors.AF_REGISTRY_CONFLICT({ name: `${name}:${teamName}` });
    await note(call, sql, 'team.created', `@${name}:${teamName}`);
  });
  return { status: 201, body: { name: `${name}:${teamName}` } };
}

async function dropTeam(call: AccountCall): Promise<Reply> {
  return changeTeam(call, 'team.removed', {}, (sql, name, teamName) => deleteTeam(sql, name, teamName));
}

async function listTeamMembers({ registry, caller, params }: AccountCall): Promise<Reply> {
  const { org: name = '', team: teamName = '' } = params;
  await requireRole(registry.database, caller, name, ['owner', 'admin', 'developer']);
  await requireTeam(registry.database, name, teamName);
  return { body: await teamMembers(registry.database, name, teamName) };
}

async function putTeamMember(call: AccountCall): Promise<Reply> {
  const account = text(fields(call.body), 'user').replace(/^@/, '');
  await changeTeam(call, 'team.member', { account }, async (sql, name, teamName) => {
    if (!(await memberRole(sql, name, account)))
      throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: `member of @${name}`, name: account });
    await addTeamMember(sql, name, teamName, account);
    return true;
  });
  return { status: 201, body: { user: account } };
}

async function dropTeamMember(call: AccountCall): Promise<Reply> {
  const account = text(fields(call.body), 'user').replace(/^@/, '');
  return changeTeam(call, 'team.member.removed', { account }, (sql, name, teamName) =>
    removeTeamMember(sql, name, teamName, account),
  );
}

async function listGrants({ registry, caller, params }: AccountCall): Promise<Reply> {
  const { org: name = '', team: teamName = '' } = params;
  await requireRole(registry.database, caller, name, ['owner', 'admin', 'developer']);
  await requireTeam(registry.database, name, teamName);
  const grants = Object.entries(await grantsOf(registry.database, name, teamName));
  return {
    body: Object.fromEntries(
      grants.map(([each, right]) => [each, right === 'read-write' ? 'write' : 'read']),
    ),
  };
}

async function putGrant(call: AccountCall): Promise<Reply> {
  const { registry, caller } = call;
  const sent = fields(call.body);
  const target = text(sent, 'package');
  const permissions = oneOf(sent, 'permissions', ['read-only', 'read-write']);
  return changeTeam(call, 'team.grant', { package: target, permissions }, async (sql, name, teamName) => {
    if (!target.startsWith(`@${name}/`)) throw forbidden(caller, target, `it is no package of @${name}.`);
    await requireChange(registry, sql, target, caller);
    await setTeamGrant(sql, name, teamName, target, permissions);
    return true;
  });
}

async function dropGrant(call: AccountCall): Promise<Reply> {
  const target = text(fields(call.body), 'package');
  return changeTeam(call, 'team.grant.removed', { package: target }, (sql, name, teamName) =>
    removeTeamGrant(sql, name, teamName, target),
  );
}

async function changeTeam(
  call: AccountCall,
  action: string,
  detail: Readonly<Record<string, string>>,
  work: (sql: Sql, org_: string, team_: string) => Promise<boolean>,
): Promise<Reply> {
  const { registry, caller, params } = call;
  const { org: name = '', team: teamName = '' } = params;
  await registry.database.write(async (sql) => {
    await requireRole(sql, caller, name, ['owner', 'admin']);
    await requireTeam(sql, name, teamName);
    if (!(await work(sql, name, teamName)))
      throw errors.AF_REGISTRY_THING_UNKNOWN({
        kind: 'such right or member of',
        name: `${name}:${teamName}`,
      });
    await note(call, sql, action, `@${name}:${teamName}`, detail);
  });
  return { body: { ok: true } };
}

async function requireRole(
  sql: Sql,
  caller: AccountCall['caller'],
  name: string,
  roles: readonly OrgRole[],
): Promise<OrgRole> {
  const role = await memberRole(sql, name, caller.account.name);
  if (role === undefined) throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'organisation of yours', name });
  if (!roles.includes(role)) throw forbidden(caller, `@${name}`, `that is for ${roles.join(' and ')}.`);
  return role;
}

async function requireAccount(sql: Sql, account: string): Promise<void> {
  if (!(await findAccount(sql, account)))
    throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'account', name: account });
}

async function requireTeam(sql: Sql, name: string, teamName: string): Promise<void> {
  if (!(await teamExists(sql, name, teamName)))
    throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'team', name: `${name}:${teamName}` });
}

async function refuseLastOwner(
  sql: Sql,
  name: string,
  account: string,
  role: OrgRole | undefined,
): Promise<void> {
  const owners = Object.entries(await membersOf(sql, name)).filter(([, each]) => each === 'owner');
  if (role === 'owner' || owners.length > 1 || owners[0]?.[0] !== account) return;
  throw errors.AF_REGISTRY_REQUEST({ reason: `@${name} must keep an owner.` });
}

function forbidden({ account }: AccountCall['caller'], subject: string, reason: string): Error {
  return errors.AF_REGISTRY_FORBIDDEN({ account: account.name, action: 'change', subject, reason });
}

async function note(
  { registry, caller }: AccountCall,
  sql: Sql,
  action: string,
  subject: string,
  detail: Readonly<Record<string, string>> = {},
): Promise<void> {
  await recordAudit(sql, { at: nowOf(registry), actor: caller.account.name, action, subject, detail });
}
