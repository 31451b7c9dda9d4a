import { gzipSync } from 'node:zlib';
import { blockOf } from './block-list.ts';
import { readInstalled } from './installed-set.ts';
import { Market, type MarketOptions } from './market.ts';
import { placesIn } from './store-places.ts';
import { request } from './transport.ts';
import { verifyInstalled } from './verify-installed.ts';

/** Something about an installed plugin that its operator should know. */
export interface AuditFinding {
  readonly plugin: string;
  readonly version: string;
  /** `blocked`, `changed` and `advisory` should not run; the others are notes. */
  readonly kind: 'blocked' | 'changed' | 'advisory' | 'withdrawn' | 'deprecated' | 'unknown';
  /** As a sentence. */
  readonly what: string;
}

interface Advisory {
  readonly title?: string;
  readonly severity?: string;
  readonly url?: string;
}

/**
 * Looks at everything installed: whether its files are what was signed, and whether its registry, freshly asked,
 * has blocked it, knows a vulnerability, or its author took it back.
 */
export async function auditInstalled(
  dataDir: string,
  options: MarketOptions,
): Promise<readonly AuditFinding[]> {
  const set = readInstalled(dataDir);
  const market = new Market(placesIn(dataDir), set, options);
  const changed = verifyInstalled(dataDir, set).flatMap(({ id, version, problem }): AuditFinding[] =>
    problem === undefined ? [] : [{ plugin: id, version, kind: 'changed', what: problem }],
  );
  const told = await Promise.all(
    Object.entries(set.plugins).map(
      async ([plugin, { name, version, registry }]): Promise<AuditFinding[]> => {
        const about = { plugin, version };
        try {
          const { packument, source } = await market.packument(name);
          const block = blockOf(source.blocks, { name, version });
          const found = packument.versions[version];
          const advisories = await advisoriesOf(registry, name, version);
          return [
            ...(block ? [{ ...about, kind: 'blocked' as const, what: block.reason }] : []),
            ...advisories.map((one) => ({ ...about, kind: 'advisory' as const, what: sentenceOf(one) })),
            ...(!found && !block
              ? [
                  {
                    ...about,
                    kind: 'withdrawn' as const,
                    what: 'The registry does not serve this version any more.',
                  },
                ]
              : []),
            ...(found?.yanked === true
              ? [{ ...about, kind: 'withdrawn' as const, what: 'Its author took this version back.' }]
              : []),
            ...(typeof found?.deprecated === 'string'
              ? [{ ...about, kind: 'deprecated' as const, what: found.deprecated }]
              : []),
          ];
        } catch (error) {
          return [{ ...about, kind: 'unknown', what: (error as Error).message }];
        }
      },
    ),
  );
  return [...changed, ...told.flat()];
}

/** What the registry knows against a version; nothing where it keeps no such list. */
async function advisoriesOf(registry: string, name: string, version: string): Promise<readonly Advisory[]> {
  const url = `${registry}/-/npm/v1/security/advisories/bulk`;
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  const body = gzipSync(JSON.stringify({ [name]: [version] }));
  const { status, bytes } = await request(registry, url, { method: 'POST', headers, body }, 4 * 2 ** 20);
  if (status !== 200) return [];
  const found: unknown = Object(JSON.parse(Buffer.from(bytes).toString('utf8')))[name];
  return Array.isArray(found) ? found : [];
}

function sentenceOf({ title = 'A vulnerability without a title', severity, url }: Advisory): string {
  return `${title}${severity === undefined ? '' : ` (${severity})`}${url === undefined ? '' : `, ${url}`}`;
}
