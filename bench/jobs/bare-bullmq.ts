import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Load, OpenSubject } from './queue-subject.ts';

const options = { attempts: 5 };

/** BullMQ as its documentation shows it. */
export const bareBullmq: OpenSubject = async ({ redis }) => {
  const connections = [1, 2].map(() => new Redis(redis, { maxRetriesPerRequest: null }));
  const [forQueue, forWorker] = connections;
  if (!forQueue || !forWorker) throw new Error('There are two connections.');
  const queue = new Queue<Load>('bench', { connection: forQueue });
  let worker: Worker<Load> | undefined;
  return {
    addOne: (load) => queue.add('job', load, options),
    addMany: (loads) => queue.addBulk(loads.map((data) => ({ name: 'job', data, opts: options }))),
    async work(handler, concurrency) {
      worker = new Worker<Load>('bench', (job) => handler(job.data), { connection: forWorker, concurrency });
      await worker.waitUntilReady();
    },
    completed: () => queue.getCompletedCount(),
    async close() {
      await worker?.close();
      await queue.close();
      for (const each of connections) each.disconnect();
    },
  };
};
