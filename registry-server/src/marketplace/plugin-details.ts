import { permissionsOf, type AskedPermission } from '@agent-factory/plugin-package';
import type { Json } from '@agent-factory/sdk';
import { errors } from '../errors.ts';
import { ratingOf, type Rating } from '../store/community.ts';
import { ownersOf } from '../store/owners.ts';
import { downloadsSince, findVersion, type VersionRow } from '../store/packages.ts';
import { shownPin } from '../trust/author-pin.ts';
import { ago, type Registry } from '../app/registry.ts';
import type { Call } from '../app/route.ts';
import { requireReadable } from '../protocol/access-routes.ts';

const hour = 3_600_000;
const day = 24 * hour;

/** A version as the marketplace tells of it. */
export interface ShownVersion extends Pick<
  VersionRow,
  'version' | 'state' | 'reason' | 'deprecated' | 'published' | 'publisher' | 'integrity' | 'bytes'
> {
  readonly trustedPublisher: string | null;
  /** When installers that wait for new versions to be looked at should take it. */
  readonly settled: string;
  readonly unpackedBytes: number;
  readonly authorKey: string | null;
  readonly kernel: string | null;
  readonly permissions: readonly AskedPermission[];
}

/** A plugin as the marketplace tells of it. */
export interface PluginDetails {
  readonly name: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly license: Json;
  readonly homepage: Json;
  readonly repository: Json;
  readonly created: string;
  readonly modified: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly latest: ShownVersion;
  readonly owners: readonly string[];
  readonly authorKey: ReturnType<typeof shownPin>;
  readonly downloads: { readonly total: number; readonly days: readonly { day: string; count: number }[] };
  readonly rating: Rating;
}

/** What is known of a plugin, of its newest version. @throws AF_REGISTRY_PACKAGE_UNKNOWN */
export async function pluginDetails(call: Call, name: string): Promise<PluginDetails> {
  const { registry } = call;
  const { database } = registry;
  const row = await requireReadable(call, name);
  const tags = JSON.parse(row.tags) as Record<string, string>; // written as such
  const latest = tags['latest'] === undefined ? undefined : await findVersion(database, name, tags['latest']);
  if (!latest) throw errors.AF_REGISTRY_PACKAGE_UNKNOWN({ name });
  const since = ago(registry, 30 * day).slice(0, 10);
  const manifest = JSON.parse(latest.manifest) as Record<string, Json>; // written as such
  const { keywords, license = null, homepage = null, repository = null } = manifest;
  return {
    name,
    description: typeof manifest['description'] === 'string' ? manifest['description'] : '',
    keywords: Array.isArray(keywords) ? keywords.filter((word) => typeof word === 'string') : [],
    license,
    homepage,
    repository,
    created: row.created,
    modified: row.modified,
    tags,
    latest: shownVersion(registry, latest),
    owners: (await ownersOf(database, name)).map(({ account }) => account),
    authorKey: shownPin(row),
    downloads: { total: row.downloads, days: await downloadsSince(database, name, since) },
    rating: await ratingOf(database, name),
  };
}

/** A version's row, as others see it. */
export function shownVersion(
  { settings }: Registry,
  version: Omit<VersionRow, 'readme' | 'changelog'>,
): ShownVersion {
  const manifest = JSON.parse(version.manifest) as Record<string, Json>; // written as such
  const published = Date.parse(version.published);
  return {
    version: version.version,
    state: version.state,
    reason: version.reason,
    deprecated: version.deprecated,
    published: version.published,
    publisher: version.publisher,
    trustedPublisher: version.trusted_publisher,
    settled: new Date(published + settings.cooldownHours * hour).toISOString(),
    integrity: version.integrity,
    bytes: version.bytes,
    unpackedBytes: version.unpacked,
    authorKey: version.author_key,
    kernel: Object(manifest['agentFactory']).kernel ?? null,
    permissions: permissionsOf(JSON.parse(version.permissions)),
  };
}
