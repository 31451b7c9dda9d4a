import { errors } from '../errors.ts';
import { updateVersion, versionsOf, type VersionRow } from '../store/packages.ts';
import type { Sql } from '../store/sql.ts';
import { ago, type Registry } from '../app/registry.ts';
import type { Reply } from '../app/route.ts';
import { isServed } from './packument.ts';
import { refreshPackage } from './refresh-package.ts';

const hour = 3_600_000;

/**
 * Takes versions away: those younger than three days are removed, older ones, on which others may stand, are yanked:
 * still there for who has them locked, chosen by nobody anew. Neither number can be used again.
 */
export async function unpublishVersions(
  registry: Registry,
  sql: Sql,
  actor: string,
  name: string,
  versions: readonly Pick<VersionRow, 'version' | 'published' | 'state'>[],
): Promise<Reply> {
  const yanked: string[] = [];
  for (const { version, published, state } of versions) {
    if (isYoung(registry, published)) {
      await updateVersion(sql, name, version, { state: 'removed', reason: 'its owner unpublished it.' });
    } else if (state === 'live') {
      const reason = 'its owner yanked it.';
      await updateVersion(sql, name, version, {
        state: 'yanked',
        reason,
        deprecated: 'Yanked by its owner.',
      });
      yanked.push(version);
    }
  }
  if (versions.length > 0)
    await refreshPackage(registry, sql, name, {
      kind: yanked.length > 0 ? 'version.yanked' : 'version.removed',
      actor,
      ...(versions.length === 1 && versions[0] && { version: versions[0].version }),
      detail: {
        versions: versions
          .map(({ version }) => version)
          .join(' ')
          .slice(0, 1000),
      },
    });
  const { unpublishHours } = registry.settings;
  const notice = `${name}@${yanked.join(', ')} is older than ${unpublishHours} hours: yanked, not removed.`;
  return {
    status: 201,
    headers: yanked.length === 0 ? {} : { 'npm-notice': notice.slice(0, 500) },
    body: { ok: true, success: true, yanked },
  };
}

/** Takes a whole package away, if all of it is young. */
export async function unpublishPackage(
  registry: Registry,
  sql: Sql,
  actor: string,
  name: string,
): Promise<Reply> {
  const served = (await versionsOf(sql, name)).filter(isServed);
  const [only, more] = served;
  const old = served.find(({ published }) => !isYoung(registry, published));
  // npm asks for the whole package when its last version goes.
  if (old && (more || !only))
    throw errors.AF_REGISTRY_UNPUBLISH_REFUSED({
      name,
      reason: `${old.version} is older than ${registry.settings.unpublishHours} hours.`,
    });
  const reply = await unpublishVersions(registry, sql, actor, name, served);
  return { ...reply, status: 200 };
}

function isYoung(registry: Registry, published: string): boolean {
  return published > ago(registry, registry.settings.unpublishHours * hour);
}
