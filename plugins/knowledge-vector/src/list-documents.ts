import { basename } from 'node:path';
import { documentErrors } from '@agent-factory/sdk/contracts';
import type { KnowledgeBase } from '@agent-factory/sdk/domain';
import { outboundErrors, type Outbound } from '@agent-factory/sdk/outbound';
import { listFolder } from './folder-source.ts';
import type { SourceDocument } from './source-document.ts';

/** How sources are reached. */
export interface SourceReach {
  readonly outbound: Outbound;
  /** Milliseconds a web page may take. */
  readonly fetchTimeoutMs: number;
  /** Endings that some loader reads, without the dot. */
  readonly extensions: ReadonlySet<string>;
}

/** All documents of a base's sources. With several folders each name begins with its folder's; equal ones are numbered. */
export async function* listDocuments(
  { name, sources }: KnowledgeBase,
  { outbound, fetchTimeoutMs, extensions }: SourceReach,
  signal: AbortSignal,
): AsyncGenerator<SourceDocument> {
  const folders = sources.filter(({ type }) => type === 'folder').length;
  const prefixes = new Set<string>();
  for (const source of sources) {
    if (source.type === 'folder') {
      const prefix = folders > 1 ? `${unique(prefixes, basename(source.path))}/` : '';
      for await (const found of listFolder(name, source, extensions, signal))
        yield { ...found, source: prefix + found.source };
    } else if (source.type === 'text') {
      const content = new TextEncoder().encode(source.text);
      yield { source: source.title, mediaType: 'text/markdown', read: async () => ({ content }) };
    } else {
      const { url } = source;
      yield {
        source: url,
        async read(maxBytes, stop) {
          const request = { url: new URL(url), timeoutMs: fetchTimeoutMs, maxBytes, signal: stop };
          const { status, headers, body, truncated } = await outbound.request(request);
          if (truncated)
            throw documentErrors.AF_DOCUMENT_TOO_LARGE({
              source: url,
              bytes: `more than ${maxBytes}`,
              max: maxBytes,
            });
          if (status < 200 || status > 299) {
            if (status === 429 || status >= 500)
              throw outboundErrors.AF_OUTBOUND_FAILED({ url, reason: `it answered with status ${status}` });
            const reason = `the server answered with status ${status}.`;
            throw documentErrors.AF_DOCUMENT_UNREADABLE({ source: url, kind: 'a web page', reason });
          }
          const mediaType = headers['content-type'];
          return { content: body, ...(mediaType !== undefined && { mediaType }) };
        },
      };
    }
  }
}

function unique(taken: Set<string>, wanted: string): string {
  let name = wanted;
  for (let n = 2; taken.has(name); n++) name = `${wanted}-${n}`;
  taken.add(name);
  return name;
}
