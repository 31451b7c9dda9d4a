import { performance } from 'node:perf_hooks';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { defaultTenant } from '@agent-factory/sdk/contracts';
import type { RunStatus } from '@agent-factory/sdk/domain';
import { fillJournal, filledRuns, createdAt, idOf } from './fill-journal.ts';
import { bootPlatform, type Engine, type Platform } from './platform.ts';
import { median, shown, table, type Bar, type Part } from './report.ts';

const statuses = ['succeeded', 'failed'] as const satisfies readonly RunStatus[];
const pageSize = 50;

/** Reads a page as a raw client does that holds the whole cursor; gives the number of rows. */
type RawPage = (status: RunStatus, agent: string, before: number) => Promise<number>;

/** A filtered page in the middle of a million events, through the journal and by hand. */
export async function pagePart(
  engines: readonly Engine[],
  rounds: number,
  pagesPerRound: number,
): Promise<Part> {
  const rows: string[][] = [];
  const bars: Bar[] = [];
  for (const engine of engines) {
    const platform = await bootPlatform(engine, 'os-buffered');
    try {
      await fillJournal(platform.tenants);
      const raw = engine === 'sqlite' ? openRawSqlite(platform) : await openRawPostgres(platform);
      for (const status of statuses) {
        const { journal, byHand, ratio } = await measure(platform, raw.page, status, rounds, pagesPerRound);
        rows.push([`${engine}, one agent, ${status}`, shown(journal), shown(byHand), ratio.toFixed(2)]);
        bars.push({ what: `page, ${engine}, ${status}, × raw query`, most: 2, measured: ratio });
      }
      await raw.close();
    } finally {
      await platform.close();
    }
  }
  const text = [
    '## Pages',
    `Milliseconds for a page of ${pageSize} runs of one agent and one state, before a run anywhere among ${filledRuns.toLocaleString('en')} runs with nine events each. The journal looks up that run, reads the page and gives objects. Raw: the same rows by one prepared statement over the same index, with the cursor at hand, their JSON read.`,
    table(['', 'journal', 'raw', 'ratio'], rows),
  ];
  return { text: text.join('\n\n'), bars };
}

async function measure(
  { journal }: Platform,
  raw: RawPage,
  status: RunStatus,
  rounds: number,
  pages: number,
): Promise<{ readonly journal: number; readonly byHand: number; readonly ratio: number }> {
  const own = journal.tenant(defaultTenant);
  const times: { journal: number; byHand: number }[] = [];
  for (let round = 0; round <= rounds; round++) {
    const time = { journal: 0, byHand: 0 };
    for (let page = 0; page < pages; page++) {
      // Anywhere in the upper half, so that every page is full.
      const before = Math.floor(filledRuns / 2 + ((page * 7919 + round * 104_729) % (filledRuns / 2)));
      const agent = `agent-${page % 20}`;
      let begun = performance.now();
      const runs = await own.runs({
        subject: { kind: 'agent', name: agent },
        status: [status],
        limit: pageSize,
        before: idOf(before),
      });
      time.journal += performance.now() - begun;
      begun = performance.now();
      const found = await raw(status, `agent/${agent}`, before);
      time.byHand += performance.now() - begun;
      if (runs.length !== pageSize || found !== pageSize)
        throw new Error(`${runs.length} and ${found} runs.`);
    }
    // The first one warms up.
    if (round > 0) times.push({ journal: time.journal / pages, byHand: time.byHand / pages });
  }
  return {
    journal: median(times.map((each) => each.journal)),
    byHand: median(times.map((each) => each.byHand)),
    ratio: median(times.map((each) => each.journal / each.byHand)),
  };
}

interface Row {
  readonly request: string;
  readonly run: string;
}

interface Raw {
  readonly page: RawPage;
  close(): Promise<void> | void;
}

/** The condition that the narrowest index serves: the lost have one of their own. */
const conditions = {
  succeeded: "status = 'succeeded'",
  failed: "outcome IN ('failed', 'cancelled') AND status = 'failed'",
} as const;
const select = (status: keyof typeof conditions, tenant: string, mark: (place: number) => string): string =>
  `SELECT request, run FROM af_journal_sql_runs WHERE ${tenant} subject = ${mark(1)} AND ${conditions[status]}` +
  ` AND (created_at, id) < (${mark(2)}, ${mark(3)}) ORDER BY created_at DESC, id DESC LIMIT ${pageSize}`;

function readJson(rows: readonly Row[]): number {
  let read = 0;
  for (const { request, run } of rows)
    if (Object(JSON.parse(request)).subject !== undefined && Object(JSON.parse(run)).lastSeq === 9) read++;
  return read;
}

function openRawSqlite({ dataDir }: Platform): Raw {
  const database = new Database(join(dataDir, 'tenants', `${defaultTenant}.db`), { readonly: true });
  const statements = {
    succeeded: database.prepare<(string | number)[], Row>(select('succeeded', '', () => '?')),
    failed: database.prepare<(string | number)[], Row>(select('failed', '', () => '?')),
  };
  return {
    page: async (status, agent, before) =>
      readJson(statements[status as keyof typeof statements].all(agent, createdAt(before), idOf(before))),
    close: () => void database.close(),
  };
}

async function openRawPostgres({ url }: Platform): Promise<Raw> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // As the server does by itself within a minute.
  await client.query('VACUUM ANALYZE af_journal_sql_runs');
  return {
    async page(status, agent, before) {
      const text = select(
        status as keyof typeof conditions,
        `tenant_id = '${defaultTenant}' AND`,
        (at) => `$${at}`,
      );
      const values = [agent, createdAt(before), idOf(before)];
      return readJson((await client.query<Row>({ name: status, text, values })).rows);
    },
    close: () => client.end(),
  };
}
