// Copies a platform of many runs from SQLite to PostgreSQL and back, each way killed twice and begun again:
// node bench/copy/run.ts [--runs 100000] [--write]
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultTenant, Journal, StorageBackup, type TransferReport } from '@agent-factory/sdk/contracts';
import { bootTestKernel, sampleRun } from '@agent-factory/sdk/testing';
import { startPostgres } from '@agent-factory/test-servers';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '100000' }, write: { type: 'boolean', default: false } },
});
const runs = Number(values.runs);
const cli = join(import.meta.dirname, '../../packages/cli/src/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'agent-factory-copy-'));
const postgres = await startPostgres();

interface Entry {
  readonly use: string;
  readonly config?: Readonly<Record<string, string>>;
}
const plugin = (id: string, config?: Entry['config']): Entry => ({
  use: `@agent-factory/plugin-${id}`,
  ...(config && { config }),
});
const sqlite = plugin('storage-sqlite');

/** Writes a configuration with this storage, its state in a folder of the same name. */
function configure(name: string, storage: Entry): string {
  const file = join(folder, `${name}.json`);
  const plugins = [storage, plugin('journal-sql'), plugin('storage-backup')];
  writeFileSync(file, JSON.stringify({ dataDir: join(folder, name), plugins }));
  return file;
}

async function withPlatform<T>(
  name: string,
  storage: Entry,
  work: (kernel: Awaited<ReturnType<typeof bootTestKernel>>) => Promise<T>,
): Promise<T> {
  const plugins = [storage, plugin('journal-sql'), plugin('storage-backup')];
  const kernel = await bootTestKernel({ dataDir: join(folder, name), plugins });
  try {
    return await work(kernel);
  } finally {
    await kernel.close();
  }
}

function copy(from: string, to: string): ChildProcess {
  return spawn(
    process.execPath,
    ['--conditions=@agent-factory/source', cli, '-c', from, 'storage', 'copy', '--to', to],
    { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] },
  );
}

/** Copies, killing the command after each of the given milliseconds; gives the seconds of the last attempt. */
async function copyKilled(from: string, to: string, killAfterMs: readonly number[]): Promise<number> {
  for (const ms of killAfterMs) {
    const child = copy(from, to);
    const timer = setTimeout(() => child.kill('SIGKILL'), ms);
    const [code] = (await once(child, 'exit')) as [number | null];
    clearTimeout(timer);
    assert.equal(code, null, 'it was killed before it had ended');
  }
  const began = performance.now();
  const child = copy(from, to);
  const [code] = (await once(child, 'exit')) as [number | null];
  assert.equal(code, 0);
  return (performance.now() - began) / 1000;
}

const reportOf = (name: string, storage: Entry): Promise<TransferReport> =>
  withPlatform(name, storage, (kernel) => kernel.use(StorageBackup).archive(join(folder, `${name}.gz`)));

try {
  await withPlatform('source', sqlite, async (kernel) => {
    const journal = kernel.use(Journal).tenant(defaultTenant);
    for (let first = 0; first < runs; first += 500) {
      const some = Array.from({ length: Math.min(500, runs - first) }, () => sampleRun());
      await Promise.all(some.map((run) => journal.append(run.events(1, run.length), run.after(run.length))));
    }
  });
  const source = configure('source', sqlite);
  const server = plugin('storage-postgres', { url: postgres.url });
  const there = configure('there', server);
  const back = configure('back', sqlite);
  const rows: string[] = [];
  const began = performance.now();
  const first = await reportOf('source', sqlite);
  rows.push(`| archive of the source | ${((performance.now() - began) / 1000).toFixed(1)} |`);
  // Late enough to have begun, early enough not to have ended.
  const kills = [3000 + runs / 40, 3000 + runs / 20];
  rows.push(
    `| SQLite to PostgreSQL, killed twice; the last attempt | ${(await copyKilled(source, there, kills)).toFixed(1)} |`,
  );
  rows.push(
    `| PostgreSQL to SQLite, killed twice; the last attempt | ${(await copyKilled(there, back, kills)).toFixed(1)} |`,
  );
  assert.deepEqual(await reportOf('there', server), first);
  assert.deepEqual(await reportOf('back', sqlite), first);
  const events = first.tables.find(({ table }) => table.endsWith('_events'));
  const text = [
    '# Copy',
    '',
    `${runs} runs, ${events?.rows ?? 0} events, ${first.rows} rows in all. \`agent-factory storage copy\` was killed (SIGKILL) after`,
    `${kills.map((ms) => `${(ms / 1000).toFixed(1)} s`).join(' and ')} on each way and begun again; it reads everything back and compares. Afterwards the archives of all`,
    'three platforms had equal checksums, table by table. Measured by `npm run bench:copy -- --write`.',
    '',
    '| step | seconds |',
    '| --- | ---: |',
    ...rows,
    '',
  ].join('\n');
  console.log(text);
  if (values.write) writeFileSync(join(import.meta.dirname, 'results.md'), text);
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
