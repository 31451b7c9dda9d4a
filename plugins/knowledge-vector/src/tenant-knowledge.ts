import { isAgentFactoryError, unlessAborted } from '@agent-factory/sdk';
import {
  documentErrors,
  knowledgeErrors,
  type GivenDocument,
  type KnowledgeBaseState,
  type TenantKnowledge,
} from '@agent-factory/sdk/contracts';
import { dropBase, keepBase, readRows } from './base-rows.ts';
import { spaceOf } from './embed-chunks.ts';
import { chunksOf, fingerprintOf, givenMark, putChunks } from './ingest-base.ts';
import { assertFits } from './check-base.ts';
import { checkQuery, searchBases } from './search-bases.ts';
import { assertOwn, type FoundBase, type KnowledgeContext } from './knowledge-context.ts';

/** The knowledge bases that one tenant can search, and change where they are its own. */
export function tenantKnowledge(tenant: string, context: KnowledgeContext): TenantKnowledge {
  const { tenants, shared, check, queue, find } = context;
  /** A base of the platform that was never looked at is taken in before it is searched, as far as that can be done. */
  const lookFirst = async (found: FoundBase): Promise<void> => {
    if (found.owner === 'tenant' || found.row?.report !== undefined || found.row?.isIngesting === true)
      return;
    await context.ingest(found).catch((error: unknown) => {
      context.log.warn('A knowledge base is searched as it is.', {
        base: found.base.name,
        error: String(error),
      });
    });
  };
  return {
    async list() {
      return Promise.all((await context.all(tenant)).map(stateOf));
    },
    async get(name) {
      return stateOf(await find(tenant, name));
    },
    async put(base, condition = {}) {
      assertFits(base, check.base);
      const { name, sources } = base;
      if (shared.has(name)) throw knowledgeErrors.AF_KNOWLEDGE_FIXED({ name });
      if (sources.some(({ type }) => type === 'folder')) {
        const reason = 'it names a folder, and files of the platform are for its operator alone';
        const mend = 'Add the documents by the API, or have the operator configure the base.';
        throw knowledgeErrors.AF_KNOWLEDGE_INVALID({ name, reason, mend });
      }
      await keepBase(await tenants.tenant(tenant), base, condition);
      return stateOf(await find(tenant, name));
    },
    async remove(name, { check } = {}) {
      if (shared.has(name)) throw knowledgeErrors.AF_KNOWLEDGE_FIXED({ name });
      const found = await find(tenant, name).catch(unlessUnknown);
      if (!found) {
        check?.(undefined);
        return false;
      }
      const remove = async ({ collection }: Pick<FoundBase, 'collection'>): Promise<boolean> => {
        const database = await tenants.tenant(tenant);
        const [row] = await readRows(database, name);
        if (row?.base) check?.(row.base);
        await collection.clear();
        await dropBase(database, name);
        // Somebody else was quicker, and the right to it has made its row anew.
        if (!row?.base) check?.(undefined);
        return row?.base !== undefined;
      };
      return context.hold(found, undefined, remove, 'to remove it');
    },
    async ingest(name, { signal } = {}) {
      const found = await find(tenant, name);
      assertOwn(found, tenant);
      return context.ingest(found, signal);
    },
    async queueIngest(name) {
      const found = await find(tenant, name);
      assertOwn(found, tenant);
      return queue.add({ tenant: found.home, name, madeOf: found.madeOf });
    },
    async addDocument(name, document) {
      const found = await find(tenant, name);
      assertOwn(found, tenant);
      const content = bytesOf(document);
      const { source, mediaType } = document;
      return context.hold(found, undefined, async (parts) => {
        await refuseTaken(found, source);
        const loader = context.choice.choose(source, mediaType);
        if (content.length > loader.maxBytes)
          throw documentErrors.AF_DOCUMENT_TOO_LARGE({ source, bytes: content.length, max: loader.maxBytes });
        const chunks = await chunksOf(parts, source, content, mediaType);
        const fingerprint = givenMark + fingerprintOf(parts, content, mediaType);
        await putChunks(parts, { id: source, fingerprint, chunks });
        return { source, chunks: chunks.length, isGiven: true };
      });
    },
    async removeDocument(name, source) {
      const found = await find(tenant, name);
      assertOwn(found, tenant);
      return (await found.collection.remove([source])) > 0;
    },
    async documents(name, { after, limit = 50 } = {}) {
      const { collection } = await find(tenant, name);
      const most = Math.min(Math.max(Math.floor(limit), 1), 200);
      const page = await collection.documents({ ...(after !== undefined && { after }), limit: most });
      return page.map(({ id, chunks, fingerprint }) => ({
        source: id,
        chunks,
        isGiven: fingerprint.startsWith(givenMark),
      }));
    },
    async search(query, { signal = context.signal } = {}) {
      checkQuery(query);
      const bases = await Promise.all([...new Set(query.bases)].map((name) => find(tenant, name)));
      await Promise.all(bases.map((found) => unlessAborted(lookFirst(found), signal)));
      const searched = bases.map(({ base, collection, embedding }) => ({
        name: base.name,
        collection,
        embedding,
      }));
      const { embedders, config, log } = context;
      const { minLikeness } = config;
      return searchBases(searched, query, { tenant, embedders, minLikeness, signal, log });
    },
  };
}

function unlessUnknown(error: unknown): undefined {
  if (!isAgentFactoryError(error, 'AF_KNOWLEDGE_UNKNOWN')) throw error;
}

async function stateOf({
  base,
  owner,
  pack,
  collection,
  embedding,
  row,
}: FoundBase): Promise<KnowledgeBaseState> {
  return {
    base,
    owner,
    ...(pack && { pack }),
    ...(await collection.usage()),
    ...(embedding && { embedder: spaceOf(embedding) }),
    isIngesting: row?.isIngesting ?? false,
    ...(row?.report && { lastIngest: row.report }),
  };
}

function bytesOf({ source, content }: GivenDocument): Uint8Array {
  const isName =
    source.length >= 1 && source.length <= 500 && source.isWellFormed() && !/\p{Cc}/u.test(source);
  if (!isName)
    throw documentErrors.AF_DOCUMENT_UNREADABLE({
      source: source.slice(0, 100),
      kind: 'a document',
      reason: 'its name has not 1 to 500 printable characters.',
    });
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}

/** A document of the sources would come back with the next look at them. */
async function refuseTaken({ base, collection }: FoundBase, source: string): Promise<void> {
  const [there] = await collection.documents({ ids: [source] });
  const isOfSources =
    base.sources.some(
      (one) => (one.type === 'text' && one.title === source) || (one.type === 'url' && one.url === source),
    ) ||
    (there !== undefined && !there.fingerprint.startsWith(givenMark));
  if (!isOfSources) return;
  const reason = `"${source}" is a document of its sources`;
  throw knowledgeErrors.AF_KNOWLEDGE_INVALID({
    name: base.name,
    reason,
    mend: 'Give the document another name.',
  });
}
