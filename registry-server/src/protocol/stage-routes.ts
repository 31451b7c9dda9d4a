import { createHash } from 'node:crypto';
import type { Json } from '@agent-factory/sdk';
import { errors } from '../errors.ts';
import { findAccount } from '../store/accounts.ts';
import { blobKey } from '../store/blobs.ts';
import { recordAudit } from '../store/records.ts';
import { allStaged, deleteStaged, findStaged, type StagedRow } from '../store/staged.ts';
import type { Caller } from '../app/caller.ts';
import { permissionFor } from '../app/package-rights.ts';
import { nowOf, type Registry } from '../app/registry.ts';
import { smallBody, type AccountCall, type Reply, type Route } from '../app/route.ts';
import { count } from './body-fields.ts';
import { readPublication, type Publication } from './publication.ts';
import { keep, stage } from './publish.ts';

const one = '/-/stage/:id';

/** Versions that wait: staged by a machine, published by a person with the second factor. */
export function stageRoutes(maxPackageBytes: number): readonly Route[] {
  const publishBody = Math.ceil(maxPackageBytes * 1.4) + 2 ** 22;
  return [
    {
      method: 'POST',
      path: '/-/stage/package/:name',
      access: 'account',
      body: publishBody,
      handler: stageVersion,
    },
    { method: 'GET', path: '/-/stage', access: 'account', handler: listStaged },
    { method: 'GET', path: one, access: 'account', handler: showStaged },
    { method: 'GET', path: `${one}/tarball`, access: 'account', handler: sendStaged },
    { method: 'POST', path: `${one}/approve`, access: 'change', body: smallBody, handler: approve },
    { method: 'DELETE', path: one, access: 'change', handler: reject },
  ];
}

/** A staged version as it was sent, read back from where it is kept. */
async function restorePublication(registry: Registry, row: StagedRow): Promise<Publication> {
  const bytes = await registry.blobs.read(blobKey(row.integrity));
  const tarball = bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const { package: name, version, tag, integrity } = row;
  if (!tarball || `sha512-${createHash('sha512').update(tarball).digest('base64')}` !== integrity)
    throw errors.AF_REGISTRY_BLOB_DAMAGED({ name, version });
  // Written from a publication.
  const told = JSON.parse(row.claim) as Pick<Publication, 'claim' | 'visibility' | 'provenance'>;
  return {
    name,
    version,
    tag,
    tarball,
    integrity,
    claim: told.claim,
    visibility: told.visibility ?? undefined,
    provenance: told.provenance ?? undefined,
  };
}

async function stageVersion({ registry, request, caller, params, body }: AccountCall): Promise<Reply> {
  const { id } = await stage(registry, request, caller, readPublication(params['name'] ?? '', body));
  return { status: 201, body: { ok: true, stageId: id } };
}

async function listStaged({ registry, caller, query }: AccountCall): Promise<Reply> {
  const perPage = Math.max(1, count(query, 'perPage', 100, 100));
  const page = count(query, 'page', 0, 10_000);
  const name = query.get('package');
  const mine: StagedRow[] = [];
  for (const row of await allStaged(registry.database))
    if ((name === null || row.package === name) && (await mayTouch(registry, caller, row))) mine.push(row);
  const items = mine.slice(page * perPage, (page + 1) * perPage).map(shown);
  return { body: { items, total: mine.length, page, perPage } };
}

async function showStaged(call: AccountCall): Promise<Reply> {
  return { body: shown(await requireStaged(call)) };
}

async function sendStaged(call: AccountCall): Promise<Reply> {
  const { tarball } = await restorePublication(call.registry, await requireStaged(call));
  return { headers: { 'content-type': 'application/octet-stream' }, body: tarball };
}

async function approve(call: AccountCall): Promise<Reply> {
  const { registry, caller } = call;
  const row = await requireStaged(call);
  const { package: name, version } = row;
  if (row.quarantine !== null && caller.account.role !== 'admin') {
    const reason = 'it is held back, and only an administrator lets it go.';
    throw errors.AF_REGISTRY_FORBIDDEN({
      account: caller.account.name,
      action: 'publish',
      subject: name,
      reason,
    });
  }
  const publication = await restorePublication(registry, row);
  // A person let it go, but it is its author's.
  const author = row.quarantine === null ? caller : await authorOf(registry, caller, row);
  const result = await keep(registry, author, publication, row.id);
  if (result.waits !== undefined)
    return { status: 202, body: { ok: false, waits: result.waits, quarantine: result.quarantine ?? null } };
  return { status: 201, body: { ok: true, packageName: name, version } };
}

async function reject(call: AccountCall): Promise<Reply> {
  const { registry, caller } = call;
  const row = await requireStaged(call);
  await registry.database.write(async (sql) => {
    await deleteStaged(sql, row.id);
    const actor = caller.account.name;
    const subject = `${row.package}@${row.version}`;
    await recordAudit(sql, { at: nowOf(registry), actor, action: 'version.rejected', subject });
  });
  return { body: { ok: true } };
}

async function authorOf(registry: Registry, caller: Caller, row: StagedRow): Promise<Caller> {
  const account = await findAccount(registry.database, row.account);
  if (!account) throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'account', name: row.account });
  return { ...caller, account, rights: { level: 'publish' } };
}

async function requireStaged({ registry, caller, params: { id = '' } }: AccountCall): Promise<StagedRow> {
  const row = await findStaged(registry.database, id);
  if (!row || !(await mayTouch(registry, caller, row)))
    throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'staged version', name: id });
  return row;
}

async function mayTouch(registry: Registry, { account }: Caller, row: StagedRow): Promise<boolean> {
  if (row.account === account.name || account.role === 'admin') return true;
  return (await permissionFor(registry.database, row.package, account.name)) === 'read-write';
}

function shown(row: StagedRow): Record<string, Json> {
  return {
    id: row.id,
    packageName: row.package,
    version: row.version,
    tag: row.tag,
    createdAt: row.created,
    actor: row.account,
    actorType: 'user',
    shasum: row.shasum,
    integrity: row.integrity,
    status: row.quarantine === null ? 'staged' : 'quarantined',
    ...(row.quarantine !== null && { reason: row.quarantine }),
  };
}
