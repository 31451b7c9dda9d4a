import semver from 'semver';
import { ownersOf } from '../store/owners.ts';
import {
  deleteDocument,
  findPackage,
  findVersion,
  putDocument,
  updatePackage,
  versionsOf,
  type PackageRow,
} from '../store/packages.ts';
import { recordAudit, recordChange } from '../store/records.ts';
import { putSearchEntry, removeSearchEntry } from '../store/search-index.ts';
import type { Sql } from '../store/sql.ts';
import { packumentTarget } from '../trust/tuf-targets.ts';
import { nowOf, type Registry } from '../app/registry.ts';
import { documentsOf, isServed } from './packument.ts';
import { searchEntryOf } from './search-entry.ts';
import { vouchedPackage } from './vouched-package.ts';

/** Why a package's documents are made anew. */
export interface Edit {
  /** For the change feed and the audit log: `version.published`, `package.owners`. */
  readonly kind: string;
  readonly actor: string;
  readonly version?: string;
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
  /** Tags to set, or with `null` to take away. */
  readonly tags?: Readonly<Record<string, string | null>>;
  /** Who could see it before, where that may have changed. */
  readonly wasVisible?: PackageRow['visibility'];
}

/**
 * Makes anew, from a package's rows, all that is served of it: documents, search entry, metadata that vouches for
 * them; and writes down that it was changed. Every edit of a package ends with this, inside the same write.
 */
export async function refreshPackage(registry: Registry, sql: Sql, name: string, edit: Edit): Promise<void> {
  const { database, tuf, url } = registry;
  const at = nowOf(registry);
  const before = await findPackage(sql, name);
  if (!before) throw new Error(`${name} is refreshed before it is there`);
  const versions = await versionsOf(sql, name);
  const served = versions.filter(isServed);
  const tags = tagsAfter(JSON.parse(before.tags) as Record<string, string>, served, edit.tags ?? {}); // written as such
  const change = { modified: at, revision: before.revision + 1, tags: JSON.stringify(tags) };
  await updatePackage(sql, name, change);
  const row = { ...before, ...change };
  const owners = await ownersOf(sql, name);
  const latest = tags['latest'] === undefined ? undefined : await findVersion(sql, name, tags['latest']);
  const documents = documentsOf({ row, versions, owners, readme: latest?.readme ?? '', url });
  if (documents && latest) {
    await putDocument(sql, documents);
    await putSearchEntry(sql, database.dialect, searchEntryOf(row, latest, owners, url));
  } else {
    await deleteDocument(sql, name);
    await removeSearchEntry(sql, database.dialect, name);
  }
  const vouched = vouchedPackage(row, documents);
  const { wasVisible } = edit;
  const former = wasVisible && wasVisible !== row.visibility ? { ...row, visibility: wasVisible } : undefined;
  await tuf.vouch(sql, former ? [vouched, { path: packumentTarget(former) }] : [vouched]);
  const { kind, actor, version, detail = {} } = edit;
  await recordChange(sql, { at, kind, package: name, ...(version !== undefined && { version }), detail });
  const subject = version === undefined ? name : `${name}@${version}`;
  await recordAudit(sql, { at, actor, action: kind, subject, detail });
}

/** Tags after an edit: none names a version that is gone, and `latest` names one as long as there is any. */
function tagsAfter(
  before: Readonly<Record<string, string>>,
  served: readonly { readonly version: string; readonly state: string }[],
  change: Readonly<Record<string, string | null>>,
): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const [tag, version] of Object.entries({ ...before, ...change }))
    if (version !== null && served.some((each) => each.version === version)) tags[tag] = version;
  const latest = served.find(({ version }) => version === tags['latest']);
  if (latest && (latest.state !== 'yanked' || change['latest'] === latest.version)) return tags;
  const best = (candidates: readonly { version: string }[]): string | undefined =>
    candidates.map(({ version }) => version).toSorted(semver.rcompare)[0];
  const live = served.filter(({ state }) => state === 'live');
  const chosen =
    best(live.filter(({ version }) => semver.prerelease(version) === null)) ?? best(live) ?? best(served);
  return chosen === undefined ? tags : { ...tags, latest: chosen };
}
