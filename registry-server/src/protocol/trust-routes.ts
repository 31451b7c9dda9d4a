import { randomUUID } from 'node:crypto';
import type { Json } from '@agent-factory/sdk';
import { errors } from '../errors.ts';
import { findAccount, type TokenRights } from '../store/accounts.ts';
import { ownersOf } from '../store/owners.ts';
import { recordAudit } from '../store/records.ts';
import {
  deleteTrustedPublisher,
  insertTrustedPublisher,
  trustedPublishersOf,
  type TrustedPublisherRow,
} from '../store/trust-rows.ts';
import { createIdentityChecks, matchesClaims } from '../trust/identity-token.ts';
import { bearerOf } from '../app/caller.ts';
import { requireChange } from '../app/package-rights.ts';
import { nowOf, type Registry } from '../app/registry.ts';
import { smallBody, type AccountCall, type Call, type Reply, type Route } from '../app/route.ts';
import { fields, oneOf, texts } from './body-fields.ts';
import { mintToken } from './mint-token.ts';

const path = '/-/package/:name/trust';
const most = 10;
const tokenHours = 1 / 4;

/** Workflows elsewhere that may publish a package with an identity token instead of one of ours. */
export function trustRoutes(registry: Registry): readonly Route[] {
  const checks = createIdentityChecks(registry.settings.identityIssuers, registry.url, registry.settings.now);
  return [
    { method: 'GET', path, access: 'change', handler: listTrust },
    { method: 'POST', path, access: 'change', body: smallBody, handler: addTrust },
    { method: 'DELETE', path: `${path}/:id`, access: 'change', handler: removeTrust },
    {
      method: 'POST',
      path: '/-/npm/v1/oidc/token/exchange/package/:name',
      access: 'public',
      foreignToken: true,
      body: smallBody,
      handler: (call) => exchange(call, checks),
    },
  ];
}

async function listTrust({ registry, caller, params: { name = '' } }: AccountCall): Promise<Reply> {
  await requireChange(registry, registry.database, name, caller);
  return { body: (await trustedPublishersOf(registry.database, name)).map(shown) };
}

async function addTrust({ registry, caller, params: { name = '' }, body }: AccountCall): Promise<Reply> {
  const sent = Array.isArray(body) ? body : [body];
  const at = nowOf(registry);
  const rows = sent.map((each): TrustedPublisherRow => {
    const config = fields(each);
    const permissions = texts(config, 'permissions');
    const known = permissions.filter((one) => one === 'createPackage' || one === 'createStagedPackage');
    if (known.length === 0 || known.length < permissions.length)
      throw errors.AF_REGISTRY_REQUEST({
        reason: '"permissions" are createPackage and createStagedPackage.',
      });
    const type = oneOf(config, 'type', Object.keys(registry.settings.identityIssuers));
    return {
      id: randomUUID(),
      package: name,
      type,
      claims: JSON.stringify(fields(config['claims'] ?? {})),
      permissions: JSON.stringify(known),
      account: caller.account.name,
      created: at,
    };
  });
  await registry.database.write(async (sql) => {
    await requireChange(registry, sql, name, caller);
    if ((await trustedPublishersOf(sql, name)).length + rows.length > most)
      throw errors.AF_REGISTRY_REQUEST({ reason: `a package has at most ${most} trusted publishers.` });
    for (const row of rows) {
      if (Object.keys(JSON.parse(row.claims) as object).length === 0)
        throw errors.AF_REGISTRY_REQUEST({ reason: '"claims" must say which workflow is trusted.' });
      await insertTrustedPublisher(sql, row);
      const detail = { id: row.id, type: row.type, claims: row.claims };
      await recordAudit(sql, { at, actor: row.account, action: 'trust.added', subject: name, detail });
    }
  });
  return { status: 201, body: rows.map(shown) };
}

async function removeTrust({
  registry,
  caller,
  params: { name = '', id = '' },
}: AccountCall): Promise<Reply> {
  await registry.database.write(async (sql) => {
    await requireChange(registry, sql, name, caller);
    if (!(await deleteTrustedPublisher(sql, name, id)))
      throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'trusted publisher', name: id });
    const actor = caller.account.name;
    await recordAudit(sql, {
      at: nowOf(registry),
      actor,
      action: 'trust.removed',
      subject: name,
      detail: { id },
    });
  });
  return { status: 204 };
}

/** A token of ours, for a quarter of an hour and this package alone, in return for an identity token that fits. */
async function exchange(
  { registry, request, params: { name = '' } }: Call,
  checks: ReturnType<typeof createIdentityChecks>,
): Promise<Reply> {
  const refuse = (reason: string): Error => errors.AF_REGISTRY_OIDC({ name, reason });
  const token = bearerOf(request);
  if (token === undefined) throw refuse('there is none.');
  const rows = await trustedPublishersOf(registry.database, name);
  if (rows.length === 0) throw refuse('the package trusts no workflow.');
  const identity = await checks.verify(token);
  if ('problem' in identity) throw refuse(identity.problem);
  const fitting = rows.find(
    ({ type, claims }) =>
      type === identity.type && matchesClaims(JSON.parse(claims) as Record<string, Json>, identity.claims),
  );
  if (!fitting) throw refuse('its claims fit none of the workflows that the package trusts.');
  const owners = await ownersOf(registry.database, name);
  const owner = owners.find(({ account }) => account === fitting.account);
  const account = owner && (await findAccount(registry.database, owner.account));
  if (!account) throw refuse(`${fitting.account}, who trusted it, is no owner any more.`);
  const permissions = JSON.parse(fitting.permissions) as readonly string[]; // written as such
  const rights: TokenRights = {
    level: permissions.includes('createPackage') ? 'publish' : 'stage',
    only: [name],
    trusted: { id: fitting.id, type: fitting.type },
  };
  const minted = await registry.database.write((sql) =>
    mintToken(registry, sql, {
      account: account.name,
      kind: 'trusted',
      label: `${fitting.type} ${identity.subject}`.slice(0, 100),
      rights,
      hours: tokenHours,
    }),
  );
  return { status: 201, body: { token: minted.text } };
}

function shown(row: TrustedPublisherRow): Record<string, Json> {
  const [claims, permissions] = [JSON.parse(row.claims) as Json, JSON.parse(row.permissions) as Json]; // written as JSON
  return { id: row.id, type: row.type, claims, permissions };
}
