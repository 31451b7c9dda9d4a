import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { PinnedKey } from '@agent-factory/plugin-package';
import semver from 'semver';
import { errors } from '../errors.ts';
import { blobKey } from '../store/blobs.ts';
import { createOrg, orgExists } from '../store/orgs.ts';
import { addOwner, markOwnerUsed } from '../store/owners.ts';
import { findPackage, findVersion, insertPackage, insertVersion, updatePackage } from '../store/packages.ts';
import { recordAudit } from '../store/records.ts';
import type { Sql } from '../store/sql.ts';
import { findStagedVersion, insertStaged } from '../store/staged.ts';
import { pinnedKeyOf, pinAfter } from '../trust/author-pin.ts';
import type { ScanReport } from '../trust/scan-package.ts';
import type { Caller } from '../app/caller.ts';
import { requireBegin, scopeOf } from '../app/package-rights.ts';
import { nowOf, type Registry } from '../app/registry.ts';
import { admitPublish } from './admit-publish.ts';
import type { Publication } from './publication.ts';
import { refreshPackage } from './refresh-package.ts';
import { compareManifests, manifestOf } from './tarball-manifest.ts';

/** What became of a publish. */
export interface PublishResult {
  /** Id under which it waits; absent when it is published. */
  readonly waits?: string;
  /** Why it waits for somebody to look at it, if it does. */
  readonly quarantine?: string;
}

/** Publishes a version: all of it, or nothing. */
export async function publish(
  registry: Registry,
  request: IncomingMessage,
  caller: Caller,
  publication: Publication,
): Promise<PublishResult> {
  await admitPublish(registry, request, caller, publication, false);
  return keep(registry, caller, publication);
}

/** Keeps a version until its author confirms it with the second factor. */
export async function stage(
  registry: Registry,
  request: IncomingMessage,
  caller: Caller,
  publication: Publication,
): Promise<{ id: string }> {
  await admitPublish(registry, request, caller, publication, true);
  const outcome = await look(registry, publication);
  const quarantine = outcome.kind === 'failed' ? outcome.reason : null;
  return { id: await wait(registry, caller, publication, quarantine) };
}

/** Scans a version and writes it down. Who asked for it has been admitted. */
export async function keep(
  registry: Registry,
  caller: Caller,
  publication: Publication,
  stagedId?: string,
): Promise<PublishResult> {
  const outcome = await look(registry, publication);
  if (outcome.kind === 'failed') {
    if (stagedId !== undefined) return { waits: stagedId, quarantine: outcome.reason };
    const waits = await wait(registry, caller, publication, outcome.reason);
    return { waits, quarantine: outcome.reason };
  }
  const { integrity, tarball } = publication;
  await registry.blobs.putWith(blobKey(integrity), tarball, (sql) =>
    write(registry, sql, caller, publication, outcome, stagedId),
  );
  return {};
}

type Look =
  | { readonly kind: 'passed'; readonly report: ScanReport; readonly pinned: PinnedKey | undefined }
  | { readonly kind: 'failed'; readonly reason: string };

async function look(registry: Registry, { name, version, tarball, claim }: Publication): Promise<Look> {
  const { database, scanner, settings } = registry;
  const pinned: PinnedKey | undefined = pinnedKeyOf(await findPackage(database, name), settings.now());
  const outcome = await scanner.scan(tarball, {
    name,
    version,
    policy: settings.policy,
    maxBytes: settings.maxPackageBytes,
    ...(pinned && { pinned }),
  });
  if (outcome.kind === 'refused') throw outcome.error;
  if (outcome.kind === 'failed') {
    settings.log.warn('A package is held back: it could not be scanned.', {
      name,
      version,
      reason: outcome.reason,
    });
    return outcome;
  }
  compareManifests({ ...claim, name: claim['name'] ?? name }, outcome.report);
  if (
    outcome.report.packageJson.name !== name ||
    semver.clean(outcome.report.packageJson.version) !== version
  )
    throw errors.AF_REGISTRY_MANIFEST_DIFFERS({
      name,
      version,
      reason: 'the tarball is of another package or version.',
    });
  return { ...outcome, pinned };
}

async function wait(
  registry: Registry,
  caller: Caller,
  publication: Publication,
  quarantine: string | null,
): Promise<string> {
  const { name, version, tag, claim, tarball, integrity, visibility, provenance } = publication;
  const id = randomUUID();
  const at = nowOf(registry);
  const shasum = String(Object(claim['dist'])['shasum'] ?? '');
  await registry.blobs.putWith(blobKey(integrity), tarball, async (sql) => {
    const row = {
      id,
      package: name,
      version,
      tag,
      account: caller.account.name,
      created: at,
      shasum,
      integrity,
    };
    const told = JSON.stringify({ claim, visibility, provenance });
    if (!(await insertStaged(sql, { ...row, claim: told, quarantine })))
      throw errors.AF_REGISTRY_VERSION_TAKEN({ name, version, reason: 'it waits already.' });
    const action = quarantine === null ? 'version.staged' : 'version.quarantined';
    const detail = { integrity, ...(quarantine !== null && { reason: quarantine }) };
    await recordAudit(sql, { at, actor: caller.account.name, action, subject: `${name}@${version}`, detail });
  });
  return id;
}

async function write(
  registry: Registry,
  sql: Sql,
  caller: Caller,
  publication: Publication,
  { report, pinned }: Look & { readonly kind: 'passed' },
  stagedId: string | undefined,
): Promise<void> {
  const { name, version, tag, integrity, provenance } = publication;
  const { account, rights } = caller;
  const at = nowOf(registry);
  // Somebody else may have been quicker since it was admitted.
  const waiting = await findStagedVersion(sql, name, version);
  if ((await findVersion(sql, name, version)) || (waiting && waiting.id !== stagedId))
    throw errors.AF_REGISTRY_VERSION_TAKEN({ name, version, reason: 'it is there already.' });
  const before = await findPackage(sql, name);
  if (before) await markOwnerUsed(sql, name, account.name, at);
  else await begin(registry, sql, caller, publication, at);
  const pin = pinAfter(before, report.author, registry.settings.now(), pinned);
  if (pin.refused) throw errors.AF_REGISTRY_AUTHOR_KEY({ name, reason: pin.refused });
  if (pin.changed !== undefined) await updatePackage(sql, name, { author_key: pin.changed });
  const trusted = rights.trusted && { id: rights.trusted.type, oidcConfigId: rights.trusted.id };
  const publisher = { name: account.name, email: account.email, ...(trusted && { trusted }) };
  await insertVersion(sql, {
    package: name,
    version,
    state: 'live',
    reason: null,
    manifest: JSON.stringify({ ...manifestOf(report, publisher), version }),
    readme: report.readme,
    changelog: report.changelog,
    integrity,
    shasum: report.shasum,
    bytes: publication.tarball.length,
    unpacked: report.unpacked,
    files: report.files,
    published: at,
    publisher: account.name,
    signature: JSON.stringify(registry.keys.signVersion({ name, version, integrity })),
    author_key: report.author?.keyId ?? null,
    permissions: JSON.stringify(Object(report.packageJson['agentFactory']).permissions ?? {}),
    deprecated: null,
    provenance: provenance ?? null,
    trusted_publisher: rights.trusted?.type ?? null,
  });
  await refreshPackage(registry, sql, name, {
    kind: 'version.published',
    actor: account.name,
    version,
    detail: { integrity, token: caller.token.id, authorKey: report.author?.keyId ?? null },
    tags: { [tag]: version },
  });
}

async function begin(
  registry: Registry,
  sql: Sql,
  caller: Caller,
  { name, visibility }: Publication,
  at: string,
): Promise<void> {
  const account = caller.account.name;
  const scope = scopeOf(name);
  if ((await requireBegin(sql, name, caller)) && scope !== undefined && !(await orgExists(sql, scope))) {
    await createOrg(sql, scope, account, at);
    await recordAudit(sql, { at, actor: account, action: 'org.created', subject: `@${scope}` });
  }
  await insertPackage(sql, { name, visibility: visibility ?? 'public', created: at });
  await addOwner(sql, name, account, at);
}
