// Runs through an API process and one or two workers, on PostgreSQL and Redis:
// node bench/scale/run.ts [--runs 10000] [--delay 200] [--write]
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startPostgres, startRedis } from '@agent-factory/test-servers';
import { scalePlatform } from './scale-platform.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    /** Milliseconds the model takes for each of its two answers. */
    delay: { type: 'string', default: '200' },
    write: { type: 'boolean', default: false },
  },
});
const runs = Number(values.runs);
const delayMs = Number(values.delay);
const root = join(import.meta.dirname, '../..');
const cli = join(root, 'packages/cli/src/main.ts');

interface Result {
  readonly workers: number;
  readonly seconds: number;
  readonly acceptSeconds: number;
  readonly failed: number;
  readonly events: number;
}

function startRole(role: 'api' | 'worker', configFile: string, port: number): ChildProcess {
  return spawn(
    process.execPath,
    ['--conditions=@agent-factory/source', cli, 'start', '--role', role, '--config', configFile],
    {
      env: { ...process.env, AF_HTTP_API__PORT: String(port) },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
}

async function untilReady(url: string): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(50)) {
    const answer = await fetch(`${url}/api/v1/health`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
  }
  throw new Error('The API did not answer within 30 s.');
}

/** Posts every run, 32 at a time; resolves when all are accepted. */
async function post(url: string): Promise<void> {
  let next = 0;
  const poster = async (): Promise<void> => {
    while (next < runs) {
      const number = next++;
      const answer = await fetch(`${url}/api/v1/runs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ agent: 'worker', input: `What is ${number} plus one?` }),
      });
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`run ${number} was refused with ${answer.status}`);
    }
  };
  await Promise.all(Array.from({ length: 32 }, poster));
}

async function measure(workers: number): Promise<Result> {
  const postgres = await startPostgres();
  const redis = await startRedis({ appendonly: 'everysec' });
  const folder = mkdtempSync(join(tmpdir(), 'agent-factory-scale-'));
  const children: ChildProcess[] = [];
  const database = new pg.Client({ connectionString: postgres.url });
  await database.connect();
  try {
    const { configFile, port } = await scalePlatform(folder, postgres.url, redis.url, delayMs);
    const url = `http://127.0.0.1:${port}`;
    children.push(startRole('api', configFile, port));
    await untilReady(url);
    for (let n = 0; n < workers; n++) children.push(startRole('worker', configFile, 0));
    await sleep(3000);
    const began = performance.now();
    await post(url);
    const acceptSeconds = (performance.now() - began) / 1000;
    for (;;) {
      const { rows } = await database.query<{ n: string }>(
        'SELECT COUNT(*) AS n FROM af_journal_sql_runs WHERE outcome IS NOT NULL',
      );
      if (Number(rows[0]?.n) >= runs) break;
      await sleep(100);
    }
    const seconds = (performance.now() - began) / 1000;
    const { rows } = await database.query<{ failed: string; events: string }>(
      `SELECT (SELECT COUNT(*) FROM af_journal_sql_runs WHERE outcome <> 'succeeded') AS failed,
        (SELECT COUNT(*) FROM af_journal_sql_events) AS events`,
    );
    return {
      workers,
      seconds,
      acceptSeconds,
      failed: Number(rows[0]?.failed),
      events: Number(rows[0]?.events),
    };
  } finally {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    await database.end();
    await redis.stop();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const results = [await measure(1), await measure(2)];
const [one, two] = results;
const factor = one && two ? one.seconds / two.seconds : Number.NaN;
const lines = [
  `# Scale`,
  '',
  `${runs} runs of two model answers (${delayMs} ms each) and one tool call, through one API process and workers on`,
  `PostgreSQL and Redis, all on one machine with ${cpus().length} cores. Measured by \`npm run bench:scale -- --write\`.`,
  '',
  '| workers | seconds until all ended | runs/s | journal events/s | seconds to accept all | failed |',
  '| ---: | ---: | ---: | ---: | ---: | ---: |',
  ...results.map(
    ({ workers, seconds, acceptSeconds, failed, events }) =>
      `| ${workers} | ${seconds.toFixed(1)} | ${(runs / seconds).toFixed(0)} | ${(events / seconds).toFixed(0)} | ${acceptSeconds.toFixed(1)} | ${failed} |`,
  ),
  '',
  `Scaling factor from one worker to two: ${factor.toFixed(2)}.`,
  '',
];
console.log(lines.join('\n'));
if (values.write) writeFileSync(join(import.meta.dirname, 'results.md'), lines.join('\n'));
