import { createHash } from 'node:crypto';
import { canonicalJson, type Logger, type Validator } from '@agent-factory/sdk';
import {
  defaultTenant,
  knowledgeErrors,
  type DocumentLoader,
  type Embedder,
  type IngestReport,
  type KnowledgeBaseState,
  type TenantStorage,
  type VectorCollection,
  type VectorStore,
} from '@agent-factory/sdk/contracts';
import { createOutbound } from '@agent-factory/sdk/outbound';
import { readRows, takeLease, type BaseRow } from './base-rows.ts';
import { createLoaderChoice, type LoaderChoice } from './choose-loader.ts';
import type { VectorKnowledgeConfig } from './config.ts';
import type { BaseEmbedding } from './embed-chunks.ts';
import { ingestBase, type IngestParts } from './ingest-base.ts';
import type { IngestQueue } from './ingest-queue.ts';
import type { SharedBase } from './known-bases.ts';
import type { SourceReach } from './list-documents.ts';
import { createSharedLooks } from './shared-looks.ts';

/** What knowledge bases stand on. */
export interface VectorKnowledgeParts {
  readonly config: VectorKnowledgeConfig;
  readonly log: Logger;
  readonly check: { readonly base: Validator };
  readonly queue: IngestQueue;
  /** Aborted when the plugin ends. */
  readonly signal: AbortSignal;
  readonly shared: ReadonlyMap<string, SharedBase>;
  readonly tenants: TenantStorage;
  readonly vectors: VectorStore;
  readonly embedders: readonly Embedder[];
  readonly loaders: readonly DocumentLoader[];
}

/** A base with where it is kept. */
export interface FoundBase extends SharedBase {
  readonly owner: KnowledgeBaseState['owner'];
  /** The tenant whose storage holds it: those of the platform lie with the default one. */
  readonly home: string;
  readonly collection: VectorCollection;
  readonly embedding: BaseEmbedding | undefined;
  readonly row: BaseRow | undefined;
  /** Stands for the definition and the embedder of today. */
  readonly madeOf: string;
}

/** What the parts of this plugin share. */
export interface KnowledgeContext extends VectorKnowledgeParts {
  readonly choice: LoaderChoice;
  readonly reach: SourceReach;
  /** A base as a tenant sees it. AF_KNOWLEDGE_UNKNOWN. */
  find(tenant: string, name: string): Promise<FoundBase>;
  /** All that a tenant sees, by name. */
  all(tenant: string): Promise<readonly FoundBase[]>;
  /**
   * Does something in a base while nobody else does. AF_KNOWLEDGE_BUSY. `keep` notes what the sources gave. Nobody
   * changes what is held to be removed.
   */
  hold<T>(
    found: FoundBase,
    signal: AbortSignal | undefined,
    work: (parts: IngestParts, keep: (report: IngestReport, isWhole: boolean) => void) => Promise<T>,
    toRemove?: 'to remove it',
  ): Promise<T>;
  /** Looks at the sources of a base; in one process those who ask meanwhile share one look, unless it was changed. */
  ingest(found: FoundBase, signal?: AbortSignal): Promise<IngestReport>;
}

/** Creates what the parts of this plugin share. */
export function createKnowledgeContext(parts: VectorKnowledgeParts): KnowledgeContext {
  const { config, tenants, vectors, embedders, shared, loaders } = parts;
  const choice = createLoaderChoice(loaders);
  const settings = {
    hosts: '"allowHosts" of knowledge-vector',
    time: '"fetchTimeoutMs" of knowledge-vector',
  };
  const outbound = createOutbound({ allowHosts: config.allowHosts, settings });
  const reach = { outbound, fetchTimeoutMs: config.fetchTimeoutMs, extensions: choice.extensions };
  const usual =
    config.embedding ??
    (embedders.some(({ provider }) => provider === 'local') ? { model: 'local/words' } : undefined);

  const found = (
    home: string,
    owner: FoundBase['owner'],
    base: SharedBase,
    row: BaseRow | undefined,
  ): FoundBase => {
    const embedding = base.base.embedding ?? usual;
    const collection = vectors.tenant(home).collection(`knowledge:${base.base.name}`);
    const madeOf = createHash('sha256')
      .update(canonicalJson(JSON.parse(JSON.stringify([base.base, embedding ?? null]))))
      .digest('hex');
    return { ...base, owner, home, collection, embedding, row, madeOf };
  };
  const rowOf = async (home: string, name: string): Promise<BaseRow | undefined> =>
    (await readRows(await tenants.tenant(home), name))[0];

  const looks = createSharedLooks<IngestReport>();

  const context: KnowledgeContext = {
    ...parts,
    choice,
    reach,
    async find(tenant, name) {
      const base = shared.get(name);
      if (base) return found(defaultTenant, 'platform', base, await rowOf(defaultTenant, name));
      const row = await rowOf(tenant, name);
      if (row?.base) return found(tenant, 'tenant', { base: row.base }, row);
      const names = (await context.all(tenant)).map((each) => each.base.name);
      const known = names.length === 0 ? 'there is none' : `there are: ${names.join(', ')}`;
      throw knowledgeErrors.AF_KNOWLEDGE_UNKNOWN({ name, known });
    },
    async all(tenant) {
      const own = await readRows(await tenants.tenant(tenant));
      const ofPlatform = tenant === defaultTenant ? own : await readRows(await tenants.tenant(defaultTenant));
      const rows = new Map(ofPlatform.map((row) => [row.name, row]));
      return [
        ...[...shared].map(([name, base]) => found(defaultTenant, 'platform', base, rows.get(name))),
        ...own.flatMap((row) =>
          row.base && !shared.has(row.name) ? found(tenant, 'tenant', { base: row.base }, row) : [],
        ),
      ].sort((a, b) => (a.base.name < b.base.name ? -1 : 1));
    },
    async hold({ base, home, collection, embedding, madeOf }, wanted, work, toRemove) {
      const signal = wanted ? AbortSignal.any([wanted, parts.signal]) : parts.signal;
      signal.throwIfAborted();
      const lease = await takeLease(await tenants.tenant(home), base.name, {
        ms: config.leaseMs,
        toRemove: toRemove !== undefined,
      });
      let renewedAt = performance.now();
      let done: Parameters<typeof lease.end>[0];
      try {
        const own: IngestParts = {
          base,
          tenant: home,
          collection,
          embedding,
          embedders,
          loaders: choice,
          reach,
          maxDocuments: config.maxDocuments,
          signal,
          async renew() {
            if (performance.now() - renewedAt < config.leaseMs / 4) return;
            await lease.renew();
            renewedAt = performance.now();
          },
        };
        return await work(own, (report, isWhole) => {
          done = { report, ...(isWhole && { madeOf }) };
        });
      } finally {
        await lease.end(done);
      }
    },
    ingest: (found, signal) =>
      looks.share(
        {
          key: JSON.stringify([found.home, found.base.name]),
          version: found.madeOf,
          ...(signal && { signal }),
        },
        (own) =>
          context.hold(found, own, async (held, keep) => {
            const { report, error } = await ingestBase(held);
            keep(report, error === undefined);
            if (error) throw error;
            return report;
          }),
      ),
  };
  return context;
}

/** AF_KNOWLEDGE_FIXED for a base of the platform, unless the operator's own tenant asks. */
export function assertOwn({ owner, base: { name } }: FoundBase, tenant: string): void {
  if (owner === 'platform' && tenant !== defaultTenant) throw knowledgeErrors.AF_KNOWLEDGE_FIXED({ name });
}
