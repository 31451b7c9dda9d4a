import { randomUUID } from 'node:crypto';
import type { Json } from '@agent-factory/sdk';
import semver from 'semver';
import { errors } from '../errors.ts';
import { findPackage, updateVersion, versionsOf } from '../store/packages.ts';
import { newestChange, recordAudit } from '../store/records.ts';
import { readSetting, writeSetting } from '../store/settings.ts';
import type { Sql } from '../store/sql.ts';
import { allBlocks, deleteBlock, insertBlock } from '../store/trust-rows.ts';
import { nowOf, type Registry } from '../app/registry.ts';
import { refreshPackage } from '../protocol/refresh-package.ts';

const setting = 'block-list';
/** What the block list is called among the targets of TUF. */
export const blockListTarget = 'af/blocklist.json';
const holdsMs = 24 * 3_600_000;

/** The block list as it is served: signed, and vouched for by the TUF metadata. */
export async function blockList(registry: Registry): Promise<string> {
  const kept = await readSetting(registry.database, setting);
  if (kept !== undefined && !isDue(registry, kept)) return kept;
  return registry.database.write((sql) => writeBlockList(registry, sql));
}

/** Blocks versions: they are served no more, and hosts that look at the list stop running them. */
export async function block(
  registry: Registry,
  actor: string,
  { name, versions, reason }: { name: string; versions: string; reason: string },
): Promise<string> {
  if (versions.length > 256 || semver.validRange(versions) === null)
    throw errors.AF_REGISTRY_REQUEST({ reason: '"versions" is no semver range of at most 256 characters.' });
  const id = randomUUID();
  const at = nowOf(registry);
  await registry.database.write(async (sql) => {
    await insertBlock(sql, { id, package: name, versions, reason, since: at });
    await apply(registry, sql, actor, name, 'version.blocked');
    await recordAudit(sql, {
      at,
      actor,
      action: 'block.added',
      subject: name,
      detail: { id, versions, reason },
    });
    await writeBlockList(registry, sql);
  });
  return id;
}

/** Takes a block back. */
export async function unblock(registry: Registry, actor: string, id: string): Promise<void> {
  const at = nowOf(registry);
  await registry.database.write(async (sql) => {
    const row = await deleteBlock(sql, id);
    if (!row) throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'block', name: id });
    await apply(registry, sql, actor, row.package, 'version.unblocked');
    await recordAudit(sql, { at, actor, action: 'block.removed', subject: row.package, detail: { id } });
    await writeBlockList(registry, sql);
  });
}

/** Brings the versions of a package in line with the blocks there are. */
async function apply(registry: Registry, sql: Sql, actor: string, name: string, kind: string): Promise<void> {
  if (!(await findPackage(sql, name))) return;
  const blocks = (await allBlocks(sql)).filter((each) => each.package === name);
  for (const { version, state, deprecated } of await versionsOf(sql, name)) {
    const hit = blocks.find(({ versions }) =>
      semver.satisfies(version, versions, { includePrerelease: true }),
    );
    if (hit && state !== 'removed')
      await updateVersion(sql, name, version, { state: 'blocked', reason: hit.reason });
    else if (!hit && state === 'blocked') {
      const wasYanked = deprecated === 'Yanked by its owner.';
      await updateVersion(sql, name, version, { state: wasYanked ? 'yanked' : 'live', reason: null });
    }
  }
  await refreshPackage(registry, sql, name, { kind, actor });
}

async function writeBlockList(registry: Registry, sql: Sql): Promise<string> {
  const now = registry.settings.now();
  const blocked = (await allBlocks(sql)).map(({ package: name, versions, reason, since }) => ({
    name,
    versions,
    reason,
    since,
  }));
  const list: Record<string, Json> = {
    format: 1,
    registry: registry.url,
    seq: await newestChange(sql),
    issued: now.toISOString(),
    expires: new Date(now.getTime() + holdsMs).toISOString(),
    blocked,
  };
  const text = JSON.stringify(registry.keys.signObject(list));
  await writeSetting(sql, setting, text);
  await registry.tuf.vouch(sql, [{ path: blockListTarget, bytes: Buffer.from(text) }]);
  return text;
}

function isDue(registry: Registry, text: string): boolean {
  const { expires, keyid, registry: url } = JSON.parse(text) as Record<string, string>; // written above
  const left = Date.parse(expires ?? '') - registry.settings.now().getTime();
  return left < holdsMs / 2 || keyid !== registry.keys.list()[0]?.keyid || url !== registry.url;
}
