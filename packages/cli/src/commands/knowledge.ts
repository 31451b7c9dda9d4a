import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { Knowledge, type IngestReport, type TenantKnowledge } from '@agent-factory/sdk/contracts';
import { withPlatform, type CommonOptions } from '../boot.ts';
import { errors } from '../errors.ts';
import { paint, print, table } from '../terminal.ts';

/** Options of the commands about one tenant's knowledge. */
export interface KnowledgeOptions extends CommonOptions {
  readonly tenant: string;
  /** Print JSON. */
  readonly json?: boolean;
}

/** Options of `agent-factory knowledge add`. */
export interface AddOptions extends KnowledgeOptions {
  readonly url?: readonly string[];
  readonly description?: string;
  readonly embedding?: string;
}

/** Options of `agent-factory knowledge search`. */
export interface SearchOptions extends KnowledgeOptions {
  readonly by: 'hybrid' | 'meaning' | 'words';
  readonly limit: string;
}

/** `agent-factory knowledge list`: the bases and how many documents they hold. */
export async function listBases(options: KnowledgeOptions): Promise<void> {
  const all = await withKnowledge(options, (knowledge) => knowledge.list());
  if (options.json) return print(JSON.stringify(all, null, 2));
  if (all.length === 0) return print('There is no knowledge base. "agent-factory knowledge add" makes one.');
  const rows = all.map(({ base, owner, documents, chunks, embedder, lastIngest }) => [
    base.name,
    owner,
    String(documents),
    String(chunks),
    embedder ?? 'words alone',
    String(lastIngest?.failed ?? 0),
  ]);
  for (const line of table([['NAME', 'OF', 'DOCUMENTS', 'CHUNKS', 'EMBEDDED BY', 'BAD'], ...rows]))
    print(line);
}

/** `agent-factory knowledge show <base>`: a base, its first documents, and what could not be taken in. */
export async function showBase(name: string, options: KnowledgeOptions): Promise<void> {
  const { state, documents } = await withKnowledge(options, async (knowledge) => ({
    state: await knowledge.get(name),
    documents: await knowledge.documents(name, { limit: 200 }),
  }));
  if (options.json) return print(JSON.stringify({ ...state, firstDocuments: documents }, null, 2));
  print(`${paint('bold', name)}  ${state.base.description ?? ''}`);
  for (const { source, chunks, isGiven } of documents)
    print(`  ${source} (${chunks} chunks${isGiven ? ', added' : ''})`);
  const rest = state.documents - documents.length;
  if (rest > 0) print(`  and ${rest} more`);
  for (const { source, code, message } of state.lastIngest?.problems ?? [])
    print(`  ${paint('red', code)} ${source}: ${message}`);
}

/** `agent-factory knowledge add <base> [files…]`: keeps a base of the tenant's own, and takes documents in. */
export async function addToBase(name: string, files: readonly string[], options: AddOptions): Promise<void> {
  const { url = [], description, embedding } = options;
  const isDefined = url.length > 0 || description !== undefined || embedding !== undefined;
  const report = await withKnowledge(options, async (knowledge) => {
    const known = await knowledge.get(name).catch((error: unknown) => {
      if (!isAgentFactoryError(error, 'AF_KNOWLEDGE_UNKNOWN')) throw error;
    });
    if (!known || isDefined)
      await knowledge.put({
        ...known?.base,
        name,
        sources: [
          ...(known?.base.sources ?? []),
          ...url
            .filter(
              (one) => !known?.base.sources.some((source) => source.type === 'url' && source.url === one),
            )
            .map((one) => ({ type: 'url', url: one }) as const),
        ],
        ...(description !== undefined && { description }),
        ...(embedding !== undefined && { embedding: { model: embedding } }),
      });
    for (const file of files) {
      const content = await readFile(file).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        throw errors.AF_CLI_INPUT_INVALID({ what: file, reason, mend: 'Name a file that can be read.' });
      });
      const { source, chunks } = await knowledge.addDocument(name, { source: basename(file), content });
      if (!options.json) print(`${paint('green', 'Added')} ${source} (${chunks} chunks).`);
    }
    return url.length > 0 ? knowledge.ingest(name) : undefined;
  });
  if (options.json) return print(JSON.stringify(report ?? {}, null, 2));
  if (report) printReport(name, report);
  else if (files.length === 0) print(`${paint('green', 'Done.')} ${name} is kept.`);
}

/** `agent-factory knowledge ingest <base>`: takes in what is new or changed in its sources. */
export async function ingestBase(name: string, options: KnowledgeOptions): Promise<void> {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort(new Error('interrupted'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const report = await withKnowledge(options, (knowledge) =>
      knowledge.ingest(name, { signal: stop.signal }),
    );
    if (options.json) return print(JSON.stringify(report, null, 2));
    printReport(name, report);
  } finally {
    process.removeListener('SIGINT', interrupt).removeListener('SIGTERM', interrupt);
  }
}

/** `agent-factory knowledge search <text> [bases…]`: passages that match, with where they stand. */
export async function searchKnowledge(
  text: string,
  bases: readonly string[],
  options: SearchOptions,
): Promise<void> {
  const hits = await withKnowledge(options, async (knowledge) => {
    const named = bases.length > 0 ? bases : (await knowledge.list()).map(({ base }) => base.name);
    return knowledge.search({ bases: named, text, by: options.by, limit: Number(options.limit) });
  });
  if (options.json) return print(JSON.stringify(hits, null, 2));
  if (hits.length === 0) return print('Nothing was found.');
  for (const { base, text: passage, citation } of hits) {
    const { source, line, page, heading } = citation;
    const place = line !== undefined ? `:${line}` : page !== undefined ? `, page ${page}` : '';
    print(`${paint('bold', `${source}${place}`)}  ${base}${heading === undefined ? '' : `, ${heading}`}`);
    for (const each of passage.slice(0, 600).split('\n')) print(`  ${each}`);
  }
}

/** `agent-factory knowledge remove <base> [documents…]`: removes a base, or documents of it. */
export async function removeFromBase(
  name: string,
  documents: readonly string[],
  options: KnowledgeOptions,
): Promise<void> {
  const removed = await withKnowledge(options, async (knowledge) => {
    if (documents.length === 0) return (await knowledge.remove(name)) ? [name] : [];
    const gone: string[] = [];
    for (const document of documents) if (await knowledge.removeDocument(name, document)) gone.push(document);
    return gone;
  });
  if (options.json) return print(JSON.stringify({ removed }));
  print(
    removed.length > 0
      ? `${paint('green', 'Removed')} ${removed.join(', ')}.`
      : 'There was nothing to remove.',
  );
}

function printReport(name: string, report: IngestReport): void {
  const { documents, chunks, ingested, unchanged, removed, failed, problems } = report;
  print(
    `${paint('green', 'Done.')} ${name} has ${documents} documents (${chunks} chunks): ${ingested} taken in, ` +
      `${unchanged} unchanged, ${removed} removed, ${failed} bad.`,
  );
  for (const { source, code, message } of problems) print(`  ${paint('red', code)} ${source}: ${message}`);
}

async function withKnowledge<T>(
  options: KnowledgeOptions,
  work: (knowledge: TenantKnowledge) => Promise<T>,
): Promise<T> {
  return withPlatform(options, async (kernel) => {
    try {
      return await work(kernel.use(Knowledge).tenant(options.tenant));
    } catch (error) {
      if (!isAgentFactoryError(error, 'AF_CONTRACT_UNAVAILABLE')) throw error;
      throw errors.AF_CLI_NO_STORAGE(
        { contract: Knowledge.id, plugin: '@agent-factory/plugin-knowledge-vector' },
        { cause: error },
      );
    }
  });
}
