import type { Json } from '@agent-factory/sdk';
import { errors } from '../errors.ts';
import { findAccount } from '../store/accounts.ts';
import { addOwner, ownersOf, removeOwner, setStar, starredBy, starsOf } from '../store/owners.ts';
import { findDocument, findPackage, updateVersion, versionsOf, type PackageRow } from '../store/packages.ts';
import type { Sql } from '../store/sql.ts';
import { refuseWorkflow, requireChangeToken } from '../app/caller.ts';
import { mayRead, onlyReadable, requireChange } from '../app/package-rights.ts';
import { nowOf, type Registry } from '../app/registry.ts';
import { requireSecondFactor } from '../app/second-factor.ts';
import type { AccountCall, Call, Reply, Route } from '../app/route.ts';
import { fields, type Fields } from './body-fields.ts';
import { isObject } from './json-object.ts';
import { isServed, revisionOf } from './packument.ts';
import { readPublication } from './publication.ts';
import { publish } from './publish.ts';
import { refreshPackage } from './refresh-package.ts';
import { unpublishPackage, unpublishVersions } from './unpublish.ts';

const megabyte = 2 ** 20;
const longestMessage = 1024;

/** Packages: published, deprecated, unpublished, their owners. What installs read is answered before. */
export function packageRoutes(maxPackageBytes: number): readonly Route[] {
  // Base64 makes it longer by a third; the rest is for the manifest and the readme.
  const publishBody = Math.ceil(maxPackageBytes * 1.4) + 4 * megabyte;
  return [
    { method: 'GET', path: '/:name', access: 'public', handler: showForEdit },
    { method: 'GET', path: '/:name/:version', access: 'public', handler: showVersion },
    { method: 'PUT', path: '/:name', access: 'account', body: publishBody, handler: putPackage },
    { method: 'PUT', path: '/:name/-rev/:rev', access: 'change', body: 16 * megabyte, handler: putRevision },
    { method: 'DELETE', path: '/:name/-rev/:rev', access: 'change', handler: deletePackage },
    // The version went with the revision before; npm only makes sure.
    { method: 'DELETE', path: '/:name/-/:file/-rev/:rev', access: 'account', handler: deleteTarball },
    { method: 'DELETE', path: '/:name/-/:scope/:file/-rev/:rev', access: 'account', handler: deleteTarball },
    { method: 'GET', path: '/-/_view/starredByUser', access: 'public', handler: listStarred },
  ];
}

/** The whole document of a package, for who may read it. */
async function readDocument({ registry, caller }: Call, name: string): Promise<Uint8Array> {
  const { database, uplinks } = registry;
  if (uplinks.originOf(name) !== undefined) return (await uplinks.document(name)).bytes;
  const found = await findDocument(database, name, 'full');
  if (!found || (found.restricted && !(caller && (await mayRead(database, name, caller)))))
    throw errors.AF_REGISTRY_PACKAGE_UNKNOWN({ name });
  return found.bytes;
}

/** One version as the document has it, by its number or a tag: `GET /@acme%2fweather/latest`. */
async function showVersion(call: Call): Promise<Reply> {
  const { name = '', version = '' } = call.params;
  if (name === '-') throw errors.AF_REGISTRY_NOT_FOUND({ path: `/-/${version}`.slice(0, 300) });
  const document = fields(JSON.parse(Buffer.from(await readDocument(call, name)).toString('utf8')) as Json); // written as JSON
  const tags = fields(document['dist-tags'] ?? {});
  const number = Object.hasOwn(tags, version) ? tags[version] : version;
  const versions = fields(document['versions'] ?? {});
  if (typeof number !== 'string' || !Object.hasOwn(versions, number))
    throw errors.AF_REGISTRY_VERSION_UNKNOWN({ name, version: version.slice(0, 128) });
  return { body: versions[number] };
}

async function showForEdit(call: Call): Promise<Reply> {
  const { name = '' } = call.params;
  const bytes = await readDocument(call, name);
  const stars = await starsOf(call.registry.database, name);
  if (stars.length === 0) return { headers: { 'content-type': 'application/json' }, body: bytes };
  const document = fields(JSON.parse(Buffer.from(bytes).toString('utf8')) as Json); // written as JSON
  return { body: { ...document, users: Object.fromEntries(stars.map((account) => [account, true])) } };
}

/** A publish has attachments; a deprecation the whole document without any; a star only `users`. */
async function putPackage(call: AccountCall): Promise<Reply> {
  const { registry, request, caller, params } = call;
  const name = params['name'] ?? '';
  const sent = fields(call.body);
  if (Object.keys(Object(sent['_attachments'])).length > 0) {
    const result = await publish(registry, request, caller, readPublication(name, call.body));
    const notice =
      result.quarantine === undefined
        ? undefined
        : `${name} is held back until somebody has looked at it (${result.waits}): ${result.quarantine}.`;
    return {
      status: 201,
      headers: notice === undefined ? {} : { 'npm-notice': notice.replace(/[^\x20-\x7e]/g, ' ') },
      body: { ok: true, success: true, ...(result.waits !== undefined && { waits: result.waits }) },
    };
  }
  if (sent['versions'] === undefined && sent['users'] !== undefined) return star(call, name, sent);
  refuseWorkflow(caller, name);
  requireChangeToken(caller, name);
  await requireSecondFactor(registry, request, caller, 'publish');
  return registry.database.write((sql) => deprecate(registry, sql, call, name, sent));
}

async function deprecate(
  registry: Registry,
  sql: Sql,
  { caller }: AccountCall,
  name: string,
  sent: Fields,
): Promise<Reply> {
  const row = await requireRevision(registry, sql, caller, name, sent['_rev']);
  const claimed = fields(sent['versions'] ?? {});
  const changed: string[] = [];
  for (const { version, deprecated, state } of await versionsOf(sql, name)) {
    const claim = claimed[version];
    if (!isServed({ state }) || !isObject(claim)) continue;
    const message = messageIn(claim['deprecated']);
    if (message === deprecated) continue;
    await updateVersion(sql, name, version, { deprecated: message });
    changed.push(version);
  }
  if (changed.length > 0)
    await refreshPackage(registry, sql, name, {
      kind: 'version.deprecated',
      actor: caller.account.name,
      detail: { versions: changed.join(' ').slice(0, 1000) },
    });
  return { status: 201, body: { ok: true, success: true, rev: revisionOf(row) } };
}

/** Either the owners alone, or the document without the versions that are to go. */
async function putRevision(call: AccountCall): Promise<Reply> {
  const { registry, caller, params } = call;
  const name = params['name'] ?? '';
  const sent = fields(call.body);
  if (sent['versions'] === undefined) {
    const owners = sent['maintainers'];
    if (!Array.isArray(owners))
      throw errors.AF_REGISTRY_REQUEST({ reason: 'it has neither owners nor versions.' });
    const names = owners.map((owner) => String(Object(owner)['name']));
    return registry.database.write((sql) => setOwners(registry, sql, call, name, names));
  }
  const kept = new Set(Object.keys(fields(sent['versions'])));
  return registry.database.write(async (sql) => {
    await requireRevision(registry, sql, caller, name, params['rev']);
    const versions = (await versionsOf(sql, name)).filter(
      (each) => isServed(each) && !kept.has(each.version),
    );
    return unpublishVersions(registry, sql, caller.account.name, name, versions);
  });
}

async function setOwners(
  registry: Registry,
  sql: Sql,
  { caller, params }: AccountCall,
  name: string,
  wanted: readonly string[],
): Promise<Reply> {
  await requireRevision(registry, sql, caller, name, params['rev']);
  if (wanted.length === 0) throw errors.AF_REGISTRY_REQUEST({ reason: 'a package has at least one owner.' });
  const before = (await ownersOf(sql, name)).map(({ account }) => account);
  for (const account of wanted) {
    if (!(await findAccount(sql, account)))
      throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'account', name: account });
    if (!before.includes(account)) await addOwner(sql, name, account, nowOf(registry));
  }
  for (const account of before) if (!wanted.includes(account)) await removeOwner(sql, name, account);
  await refreshPackage(registry, sql, name, {
    kind: 'package.owners',
    actor: caller.account.name,
    detail: { owners: wanted.join(' ').slice(0, 1000) },
  });
  return { status: 201, body: { ok: true, id: name } };
}

async function deletePackage({ registry, caller, params }: AccountCall): Promise<Reply> {
  const name = params['name'] ?? '';
  return registry.database.write(async (sql) => {
    await requireRevision(registry, sql, caller, name, params['rev']);
    return unpublishPackage(registry, sql, caller.account.name, name);
  });
}

async function deleteTarball({ registry, caller, params }: AccountCall): Promise<Reply> {
  await requireChange(registry, registry.database, params['name'] ?? '', caller);
  return { body: { ok: true } };
}

async function star({ registry, caller }: AccountCall, name: string, sent: Fields): Promise<Reply> {
  const { account } = caller;
  const starred = fields(sent['users'] ?? {})[account.name] === true;
  const found = await findDocument(registry.database, name, 'full');
  if (!found || (found.restricted && !(await mayRead(registry.database, name, caller))))
    throw errors.AF_REGISTRY_PACKAGE_UNKNOWN({ name });
  await registry.database.write((sql) => setStar(sql, name, account.name, starred));
  return { status: 201, body: { ok: true, success: true } };
}

async function listStarred({ registry, caller, query }: Call): Promise<Reply> {
  const account = (query.get('key') ?? '').replace(/^"|"$/g, '');
  const starred = await starredBy(registry.database, account);
  const names = await onlyReadable(registry.database, starred, caller);
  const rows = names.map((name) => ({ id: name, key: account, value: name }));
  return { body: { total_rows: rows.length, offset: 0, rows } };
}

/** The package, if the caller may change it and has seen its newest state. */
async function requireRevision(
  registry: Registry,
  sql: Sql,
  caller: AccountCall['caller'],
  name: string,
  revision: Json | undefined,
): Promise<PackageRow> {
  await requireChange(registry, sql, name, caller);
  const row = await findPackage(sql, name);
  if (!row) throw errors.AF_REGISTRY_PACKAGE_UNKNOWN({ name });
  // npm asks for the owners' change with the revision "undefined" where its cache had none.
  const isBlind = revision === undefined || revision === 'undefined';
  if (!isBlind && revision !== revisionOf(row)) throw errors.AF_REGISTRY_CONFLICT({ name });
  return row;
}

function messageIn(value: Json | undefined): string | null {
  if (value === undefined || value === null || value === '' || value === false) return null;
  if (typeof value === 'string' && value.length <= longestMessage) return value;
  throw errors.AF_REGISTRY_REQUEST({
    reason: `"deprecated" is a text of at most ${longestMessage} characters.`,
  });
}
