import type { Json } from '@agent-factory/sdk';
import { jobFailure, jobRetryDelay, mayRetryJob } from '@agent-factory/sdk/contracts';
import type { JobWithMetadata } from 'pg-boss';
import { schema, type BossLink } from './boss-link.ts';
import type { HeldJob } from './held-jobs.ts';
import type { JobFamilies } from './job-families.ts';
import type { Envelope } from './job-rows.ts';

/** What may become of a job at work. Each is false when the job is no longer this worker's. */
export interface JobEndings {
  complete(job: JobWithMetadata<Envelope>, result: Json | void): Promise<boolean>;
  fail(job: JobWithMetadata<Envelope>, error: unknown): Promise<boolean>;
  giveBack(queue: string, job: HeldJob): Promise<boolean>;
  progress(queue: string, job: HeldJob, value: Json): Promise<boolean>;
}

/** Creates the endings, each fenced by the attempt. */
export function createJobEndings(link: BossLink, families: JobFamilies): JobEndings {
  const { boss, query } = link;
  const mine = `name = $1 AND id = $2::uuid AND retry_count = $3::int AND state = 'active'`;
  const affected = (response: object): boolean => 'affected' in response && Number(response.affected) > 0;

  return {
    async complete({ name, id, retryCount, blocking }, result) {
      const output = result === undefined ? {} : { r: JSON.stringify(result) };
      const done = affected(await boss.complete(name, { id, retryCount }, output));
      if (done && blocking) await families.completed();
      return done;
    },
    async fail({ name, id, retryCount, retryLimit, blocking, data }, error) {
      const final = !mayRetryJob(error) || retryCount >= retryLimit;
      const attempt = retryCount + 1 - data.o;
      const done = await link.transaction(async (db) => {
        if (final)
          await query(
            `UPDATE ${schema}.job SET retry_limit = retry_count WHERE ${mine}`,
            [name, id, retryCount],
            db,
          );
        const response = await boss.fail(name, { id, retryCount }, { e: jobFailure(error) }, { db });
        // pg-boss waits whole seconds; the contract's milliseconds are put in afterwards.
        if (!final && affected(response))
          await query(
            `UPDATE ${schema}.job SET start_after = clock_timestamp() + $3::int8 * interval '1 millisecond'
              WHERE name = $1 AND id = $2::uuid AND state = 'retry'`,
            [name, id, jobRetryDelay(data.b, attempt)],
            db,
          );
        return affected(response);
      });
      if (done && final && blocking) await families.failed();
      return done;
    },
    async giveBack(queue, { id, retryCount }) {
      const rows = await query(
        `WITH given AS (UPDATE ${schema}.job SET state = 'retry', retry_limit = retry_limit + 1, heartbeat_on = NULL,
            start_after = clock_timestamp(), data = jsonb_set(data, '{o}', to_jsonb((data->>'o')::int + 1))
          WHERE ${mine} RETURNING id)
        SELECT pg_notify($4, $5) FROM given`,
        [queue, id, retryCount, schema, `q:${queue}`],
      );
      return rows.length > 0;
    },
    async progress(queue, { id, retryCount }, value) {
      const rows = await query(
        `UPDATE ${schema}.job SET data = jsonb_set(data, '{p}', to_jsonb($4::text)) WHERE ${mine} RETURNING id`,
        [queue, id, retryCount, JSON.stringify(value)],
      );
      return rows.length > 0;
    },
  };
}
