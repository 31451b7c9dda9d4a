import type { Sql } from './sql.ts';

/** What a member of an organisation may do: `owner` everything, `admin` people and teams, `developer` packages. */
export type OrgRole = 'owner' | 'admin' | 'developer';

/** What a team may do with a package. */
export type Permission = 'read-only' | 'read-write';

export async function orgExists(sql: Sql, org: string): Promise<boolean> {
  return (await sql.get('SELECT 1 FROM orgs WHERE name = ?', [org])) !== undefined;
}

export async function createOrg(sql: Sql, org: string, owner: string, now: string): Promise<void> {
  await sql.run('INSERT INTO orgs (name, created) VALUES (?, ?)', [org, now]);
  await setMember(sql, org, owner, 'owner');
}

export async function memberRole(sql: Sql, org: string, account: string): Promise<OrgRole | undefined> {
  const found = await sql.get<{ role: OrgRole }>(
    'SELECT role FROM org_members WHERE org = ? AND account = ?',
    [org, account],
  );
  return found?.role;
}

export async function membersOf(sql: Sql, org: string): Promise<Record<string, OrgRole>> {
  const rows = await sql.all<{ account: string; role: OrgRole }>(
    'SELECT account, role FROM org_members WHERE org = ? ORDER BY account',
    [org],
  );
  return Object.fromEntries(rows.map(({ account, role }) => [account, role]));
}

export async function setMember(sql: Sql, org: string, account: string, role: OrgRole): Promise<void> {
  await sql.run(
    'INSERT INTO org_members (org, account, role) VALUES (?, ?, ?) ON CONFLICT (org, account) DO UPDATE SET role = excluded.role',
    [org, account, role],
  );
}

export async function removeMember(sql: Sql, org: string, account: string): Promise<boolean> {
  await sql.run('DELETE FROM team_members WHERE org = ? AND account = ?', [org, account]);
  return (await sql.run('DELETE FROM org_members WHERE org = ? AND account = ?', [org, account])) > 0;
}

export async function teamExists(sql: Sql, org: string, team: string): Promise<boolean> {
  return (await sql.get('SELECT 1 FROM teams WHERE org = ? AND name = ?', [org, team])) !== undefined;
}

export async function createTeam(sql: Sql, org: string, team: string, description: string): Promise<boolean> {
  return (
    (await sql.run('INSERT INTO teams (org, name, description) VALUES (?, ?, ?) ON CONFLICT DO NOTHING', [
      org,
      team,
      description,
    ])) === 1
  );
}

export async function deleteTeam(sql: Sql, org: string, team: string): Promise<boolean> {
  return (await sql.run('DELETE FROM teams WHERE org = ? AND name = ?', [org, team])) === 1;
}

export async function teamsOf(sql: Sql, org: string): Promise<string[]> {
  const rows = await sql.all<{ name: string }>('SELECT name FROM teams WHERE org = ? ORDER BY name', [org]);
  return rows.map(({ name }) => name);
}

export async function teamMembers(sql: Sql, org: string, team: string): Promise<string[]> {
  const rows = await sql.all<{ account: string }>(
    'SELECT account FROM team_members WHERE org = ? AND team = ? ORDER BY account',
    [org, team],
  );
  return rows.map(({ account }) => account);
}

export async function addTeamMember(sql: Sql, org: string, team: string, account: string): Promise<void> {
  await sql.run('INSERT INTO team_members (org, team, account) VALUES (?, ?, ?) ON CONFLICT DO NOTHING', [
    org,
    team,
    account,
  ]);
}

export async function removeTeamMember(
  sql: Sql,
  org: string,
  team: string,
  account: string,
): Promise<boolean> {
  return (
    (await sql.run('DELETE FROM team_members WHERE org = ? AND team = ? AND account = ?', [
      org,
      team,
      account,
    ])) === 1
  );
}

export async function setTeamGrant(
  sql: Sql,
  org: string,
  team: string,
  name: string,
  permission: Permission,
): Promise<void> {
  await sql.run(
    `INSERT INTO team_grants (org, team, package, permission) VALUES (?, ?, ?, ?)
     ON CONFLICT (org, team, package) DO UPDATE SET permission = excluded.permission`,
    [org, team, name, permission],
  );
}

export async function removeTeamGrant(sql: Sql, org: string, team: string, name: string): Promise<boolean> {
  return (
    (await sql.run('DELETE FROM team_grants WHERE org = ? AND team = ? AND package = ?', [
      org,
      team,
      name,
    ])) === 1
  );
}

/** What a team's, or all of an organisation's, packages may be used for. */
export async function grantsOf(sql: Sql, org: string, team?: string): Promise<Record<string, Permission>> {
  const rows = await sql.all<{ package: string; permission: Permission }>(
    `SELECT package, permission FROM team_grants WHERE org = ? ${team === undefined ? '' : 'AND team = ?'} ORDER BY package`,
    team === undefined ? [org] : [org, team],
  );
  return Object.fromEntries(rows.map((row) => [row.package, row.permission]));
}

/** What an account may do with a package through its teams. */
export async function grantTo(sql: Sql, account: string, name: string): Promise<Permission | undefined> {
  const found = await sql.get<{ permission: Permission }>(
    `SELECT g.permission FROM team_grants g
     JOIN team_members m ON m.org = g.org AND m.team = g.team
     WHERE m.account = ? AND g.package = ? ORDER BY g.permission DESC LIMIT 1`,
    [account, name],
  );
  return found?.permission;
}

/** Everybody who reaches a package through a team, with what they may do. */
export async function teamCollaborators(sql: Sql, name: string): Promise<Record<string, Permission>> {
  const rows = await sql.all<{ account: string; permission: Permission }>(
    `SELECT m.account, max(g.permission) AS permission FROM team_grants g
     JOIN team_members m ON m.org = g.org AND m.team = g.team
     WHERE g.package = ? GROUP BY m.account ORDER BY m.account`,
    [name],
  );
  return Object.fromEntries(rows.map(({ account, permission }) => [account, permission]));
}
