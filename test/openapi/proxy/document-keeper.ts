import { get, type Agent, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { readApiDocument, type ApiDocument } from './api-document.ts';

/** Documents are large, and test runs open many platforms. */
const maxKept = 4;

/** The documents of platforms, by their addresses. */
export interface DocumentKeeper {
  /** Asked for once; `undefined` where a platform has none yet. */
  of(upstream: string): Promise<ApiDocument | undefined>;
  /** Has it asked for anew. */
  forget(upstream: string): void;
}

/** Keeps those of the platforms that were asked for last. */
export function createDocumentKeeper(agent: Agent): DocumentKeeper {
  const kept = new Map<string, Promise<ApiDocument | undefined>>();
  return {
    of(upstream) {
      const before = kept.get(upstream);
      if (before) return before;
      const asked = fetchText(upstream, agent)
        .catch(() => undefined) // nobody listens
        .then((served) => (served === undefined ? undefined : readApiDocument(served)));
      const [oldest] = kept.keys();
      if (oldest !== undefined && kept.size >= maxKept) kept.delete(oldest);
      kept.set(upstream, asked);
      // What is not there may come.
      asked.then(
        (document) => document ?? kept.delete(upstream),
        () => kept.delete(upstream),
      );
      return asked;
    },
    forget: (upstream) => void kept.delete(upstream),
  };
}

async function fetchText(upstream: string, agent: Agent): Promise<string | undefined> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${upstream}/api/v1/openapi.json`, { agent }, resolve).once('error', reject);
  });
  const body = await text(answer);
  return answer.statusCode === 200 ? body : undefined;
}
