import { isAgentFactoryError, type Disposer, type Logger } from '@agent-factory/sdk';
import { defaultTenant, type Jobs, type Knowledge } from '@agent-factory/sdk/contracts';

const queueName = 'knowledge.ingest';

/** What taking documents in later needs. */
export interface IngestQueueParts {
  /** Default: it is done in this process. */
  readonly jobs: Jobs | undefined;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** A base whose documents are to be taken in. */
interface QueuedBase {
  readonly tenant: string;
  readonly name: string;
  readonly madeOf: string;
}

/** Takes documents in later: by a job that any process does, or here. */
export interface IngestQueue {
  /** The id of the job, where jobs are kept. A base is never waiting twice with what it is `madeOf`. */
  add(base: QueuedBase): Promise<string | undefined>;
  /** Works on the queue, and begins with bases of the platform that were never taken in as they are defined now. */
  serve(knowledge: Knowledge, outdated: readonly string[]): Promise<Disposer>;
  /** Resolves when nothing runs here any more. */
  close(): Promise<void>;
}

/** Creates the queue. */
export function createIngestQueue({ jobs, log, signal }: IngestQueueParts): IngestQueue {
  const running = new Map<string, Promise<void>>();
  /** Those that were asked for while they run: what is there now may not have been there when that began. */
  const again = new Set<string>();
  let served: Knowledge | undefined;

  const ingest = async (
    knowledge: Knowledge,
    tenant: string,
    name: string,
    stop: AbortSignal,
  ): Promise<void> => {
    await knowledge.tenant(tenant).ingest(name, { signal: stop });
  };
  const here = (tenant: string, name: string): void => {
    const key = JSON.stringify([tenant, name]);
    const knowledge = served;
    if (knowledge === undefined) return;
    if (running.has(key)) {
      again.add(key);
      return;
    }
    const work = ingest(knowledge, tenant, name, signal)
      .catch((error: unknown) => {
        if (signal.aborted || isAgentFactoryError(error, 'AF_KNOWLEDGE_BUSY')) return;
        log.warn('Documents could not all be taken in.', { base: name, tenant, error: String(error) });
      })
      .finally(() => {
        running.delete(key);
        if (again.delete(key) && !signal.aborted) here(tenant, name);
      });
    running.set(key, work);
  };

  return {
    async add({ tenant, name, madeOf }) {
      if (!jobs) {
        here(tenant, name);
        return undefined;
      }
      const [id] = await jobs.enqueue([
        {
          queue: queueName,
          tenant,
          data: { tenant, name },
          dedupeKey: `${tenant}:${name}:${madeOf.slice(0, 16)}`,
          attempts: 5,
        },
      ]);
      return id;
    },
    async serve(knowledge, outdated) {
      served = knowledge;
      const worker = await jobs?.work(
        queueName,
        async ({ job, signal: stop }) => {
          const { tenant, name } = job.data as { readonly tenant: string; readonly name: string }; // as it was added
          await ingest(knowledge, tenant, name, stop);
        },
        { concurrency: 2 },
      );
      for (const name of outdated) here(defaultTenant, name);
      return async () => {
        served = undefined;
        await worker?.close({ timeoutMs: 3_000 });
      };
    },
    async close() {
      while (running.size > 0) await Promise.allSettled(running.values());
    },
  };
}
