import type { Json } from '@agent-factory/sdk';
import { errors } from '../errors.ts';
import { findPackage, findVersion } from '../store/packages.ts';
import { requireChange } from '../app/package-rights.ts';
import { smallBody, type AccountCall, type Call, type Reply, type Route } from '../app/route.ts';
import { requireReadable } from './access-routes.ts';
import { isServed } from './packument.ts';
import { checkTag } from './publication.ts';
import { refreshPackage } from './refresh-package.ts';

const path = '/-/package/:name/dist-tags';
const ofPublishing = { access: 'change', publishes: true } as const;

/** Tags of versions: `latest` and others. */
export const tagRoutes: readonly Route[] = [
  { method: 'GET', path, access: 'public', handler: listTags },
  { method: 'PUT', path: `${path}/:tag`, ...ofPublishing, body: smallBody, handler: setTag },
  { method: 'POST', path: `${path}/:tag`, ...ofPublishing, body: smallBody, handler: setTag },
  { method: 'DELETE', path: `${path}/:tag`, ...ofPublishing, handler: removeTag },
];

async function listTags(call: Call): Promise<Reply> {
  const row = await requireReadable(call, call.params['name'] ?? '');
  return { body: JSON.parse(row.tags) as Json }; // written as JSON
}

async function setTag({ registry, caller, params, body }: AccountCall): Promise<Reply> {
  const { name = '', tag = '' } = params;
  checkTag(tag);
  if (typeof body !== 'string') throw errors.AF_REGISTRY_REQUEST({ reason: 'its body is no version.' });
  await registry.database.write(async (sql) => {
    await requireChange(registry, sql, name, caller);
    const found = await findVersion(sql, name, body);
    if (!found || !isServed(found))
      throw errors.AF_REGISTRY_VERSION_UNKNOWN({ name, version: body.slice(0, 100) });
    const actor = caller.account.name;
    await refreshPackage(registry, sql, name, {
      kind: 'tag.set',
      actor,
      version: body,
      detail: { tag },
      tags: { [tag]: body },
    });
  });
  // yarn 1 looks for exactly this.
  return { status: 201, body: { ok: true } };
}

async function removeTag({ registry, caller, params }: AccountCall): Promise<Reply> {
  const { name = '', tag = '' } = params;
  if (tag === 'latest') throw errors.AF_REGISTRY_TAG({ tag, reason: 'a package always has it.' });
  await registry.database.write(async (sql) => {
    await requireChange(registry, sql, name, caller);
    const row = await findPackage(sql, name);
    const tags = JSON.parse(row?.tags ?? '{}') as Record<string, string>; // written as such
    if (tags[tag] === undefined) throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'tag', name: tag });
    const actor = caller.account.name;
    await refreshPackage(registry, sql, name, {
      kind: 'tag.removed',
      actor,
      detail: { tag },
      tags: { [tag]: null },
    });
  });
  return { status: 200, body: { ok: true } };
}
