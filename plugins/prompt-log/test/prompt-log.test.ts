import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isAgentFactoryError, type ErrorCode, type JsonObject, type PluginEntry } from '@agent-factory/sdk';
import {
  AgentRuntime,
  createUseTenant,
  defaultTenant,
  Journal,
  MaintenanceTask,
  PromptLog,
  promptLogEntries,
  TenantSettings,
  TenantStorage,
  type PromptLogEntry,
  type PromptLogQuery,
  type TenantPromptLog,
} from '@agent-factory/sdk/contracts';
import type { Run } from '@agent-factory/sdk/domain';
import type { TestKernel } from '@agent-factory/sdk/testing';
import { freshPostgres } from '@agent-factory/test-servers';
import { declareDays } from '../src/declare-days.ts';
import { createRetentionTask } from '../src/retention-task.ts';
import { bootPromptLog, dayMs, secretKey } from './support/boot-prompt-log.ts';

interface Platform {
  readonly storage: string | PluginEntry;
  close(): Promise<void>;
}

const storageOf = (name: string): string => join(dirname(dirname(import.meta.dirname)), `storage-${name}`);

const engines: Readonly<Record<string, () => Promise<Platform>>> = {
  SQLite: async () => ({ storage: storageOf('sqlite'), close: async () => {} }),
  PostgreSQL: async () => {
    const { url, close } = await freshPostgres();
    return { storage: { use: storageOf('postgres'), config: { url } }, close };
  },
};

for (const [engine, open] of Object.entries(engines)) {
  describe(`the prompt log on ${engine}`, function () {
    this.timeout(60_000);
    let platform: Platform;
    let dataDir: string;
    let kernel: TestKernel;
    let log: TenantPromptLog;

    before(async () => {
      platform = await open();
      dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-prompt-log-'));
    });
    after(async () => {
      await platform?.close();
      await rm(dataDir, { recursive: true, force: true });
    });
    afterEach(() => kernel?.close());

    async function boot(config?: JsonObject | 'off'): Promise<void> {
      kernel = await bootPromptLog({ storage: platform.storage, dataDir, config });
      if (config !== 'off') log = kernel.use(PromptLog).tenant(defaultTenant);
    }
    const ask = async (agent: string, input: string, session?: string): Promise<Run> => {
      const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
      const request = { agent, input, ...(session !== undefined && { session }) };
      return runs.wait((await runs.start(request)).id);
    };
    const all = async (query: PromptLogQuery = {}): Promise<readonly PromptLogEntry[]> => {
      const entries: PromptLogEntry[] = [];
      for await (const entry of promptLogEntries(log, query)) entries.push(entry);
      return entries;
    };
    const refused = (work: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> =>
      assert.rejects(work, (error: unknown) => {
        assert.ok(isAgentFactoryError(error, code), String(error));
        assert.match(error.message, message);
        return true;
      });

    it('has an entry for each call, with what was asked, answered, used and paid', async () => {
      await boot();
      const { id } = await ask('caller', 'What is at the harbour?', 'talk');
      const entries = await all({ runId: id });
      assert.deepEqual(
        entries.map(({ kind, agent, model, tool, status, session }) => [
          kind,
          agent,
          model ?? tool,
          status,
          session,
        ]),
        [
          ['model', 'caller', 'small', 'ok', 'talk'],
          ['tool', 'caller', 'look', 'ok', 'talk'],
          ['model', 'caller', 'small', 'ok', 'talk'],
        ],
      );
      const [last, call, first] = entries;
      assert.deepEqual(call?.request, { at: 'harbour' });
      assert.deepEqual(call?.response, { seen: 'a lighthouse at harbour' });
      assert.deepEqual(Object(first?.request).new, [[{ role: 'user', content: 'What is at the harbour?' }]]);
      assert.deepEqual(Object(last?.request).new, [{ tool: 'look', callId: 'c1' }]);
      assert.deepEqual(last?.usage, { inputTokens: 4, outputTokens: 6 });
      assert.equal(typeof last?.durationMs, 'number');
      assert.deepEqual(await log.get(last?.id ?? ''), last);
    });

    it('is filtered by everything it is listed with, and searched by words', async () => {
      await boot();
      const first = await ask('caller', 'Filter the mountains', 'one');
      await ask('failing', 'Filter this', 'two');
      const ids = async (query: PromptLogQuery): Promise<number> => (await all(query)).length;
      const ofRun = { runId: first.id };
      assert.equal(
        await ids({ ...ofRun, kind: 'tool', tool: 'look', agent: 'caller', session: 'one', status: 'ok' }),
        1,
      );
      assert.equal(await ids({ ...ofRun, kind: 'model', provider: 'test', model: 'small' }), 2);
      assert.equal(await ids({ ...ofRun, model: 'large' }), 0);
      const [failed] = await all({ status: 'failed', agent: 'failing' });
      assert.deepEqual([failed?.error, failed?.session], ['AF_RUN_MODEL_FAILED', 'two']);
      const [newest] = await all(ofRun);
      const at = newest?.at ?? 0;
      assert.equal(await ids({ ...ofRun, from: at + 1 }), 0);
      assert.ok((await ids({ ...ofRun, to: at + 1 })) === 3);
      assert.equal(await ids({ ...ofRun, minTokens: 9 }), 1);
      assert.equal(await ids({ ...ofRun, maxTokens: 8, kind: 'model' }), 1);
      assert.equal(await ids({ ...ofRun, minCostNanoUsd: 1 }), 0);

      assert.deepEqual(
        (await all({ text: 'LIGHTHOUSE mountains' })).map(({ kind, runId }) => [kind, runId === first.id]),
        [
          ['model', true],
          ['tool', true],
        ],
      );
      assert.equal(await ids({ text: 'lighthouse nowhere' }), 0);
      assert.equal(await ids({ text: 'Filter', status: 'failed' }), 1);
    });

    it('is read page by page, and what comes meanwhile shifts nothing', async () => {
      await boot();
      for (let number = 0; number < 3; number += 1) await ask('caller', `Page ${number}`, 'pages');
      const whole = (await all({ session: 'pages' })).map(({ id }) => id);
      assert.equal(whole.length, 9);
      const seen: string[] = [];
      for (let after: string | undefined; ;) {
        const page = await log.list({ session: 'pages', limit: 2, ...(after !== undefined && { after }) });
        seen.push(...page.entries.map(({ id }) => id));
        after = page.next;
        if (after === undefined) break;
        if (seen.length === 4) await ask('caller', 'In between', 'pages');
      }
      assert.deepEqual(seen, whole);
      await refused(log.list({ after: 'nonsense' }), 'AF_PROMPT_LOG_QUERY_INVALID', /cursor/);
      await refused(log.list({ limit: 0 }), 'AF_PROMPT_LOG_QUERY_INVALID', /0 is no number/);
      await refused(log.list({ text: '!?' }), 'AF_PROMPT_LOG_QUERY_INVALID', /no word/);
      await refused(log.get('run_none:1'), 'AF_PROMPT_LOG_UNKNOWN', /run_none:1/);
      await refused(log.get('nonsense'), 'AF_PROMPT_LOG_UNKNOWN', /nonsense/);
    });

    it('misses nothing that happened while it was not there', async () => {
      await boot('off');
      const { id } = await ask('caller', 'Before it came');
      const waiting = await ask('careful', 'And this one waits');
      assert.equal(waiting.status, 'waiting');
      await kernel.close();
      await boot();
      assert.equal((await all({ runId: id })).length, 3);
      assert.equal((await all({ runId: waiting.id })).length, 1);
      const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
      const [wait] = waiting.waitingFor ?? [];
      assert.equal(wait?.kind, 'approval');
      await runs.approve(waiting.id, { approvalId: wait.approvalId, outcome: 'approved' });
      await runs.wait(waiting.id);
      const task = kernel.all(MaintenanceTask).find(({ value }) => value.name === 'prompt-log-catch-up');
      const context = { signal: new AbortController().signal, log: { info() {} } as never };
      await task?.value.run(context);
      assert.equal((await all({ runId: waiting.id })).length, 3);
      assert.deepEqual(await task?.value.run(context), { added: 0 });
    });

    it('has an answer that was streamed in more pieces than are read at once', async () => {
      await boot();
      const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
      const run = await runs.wait((await runs.start({ agent: 'long', input: 'Talk', stream: true })).id);
      assert.ok(run.lastSeq > 1000);
      assert.deepEqual(
        (await all({ runId: run.id })).map(({ seq, kind }) => [seq, kind]),
        [[run.lastSeq - 1, 'model']],
      );
    });

    it('holds no secret, and the journal behind it stays as it was written', async () => {
      await boot({ redact: { patterns: ['order-[0-9]+'], members: ['pin'] } });
      const { id } = await ask('spy', `My key is ${secretKey} for order-4711`);
      const entries = await all({ runId: id });
      const text = JSON.stringify(entries);
      for (const secret of [secretKey, 'order-4711', '"1234"']) assert.ok(!text.includes(secret), secret);
      assert.match(text, /My key is \[redacted\] for \[redacted\]/);
      assert.match(text, /"pin":"\[redacted\]"/);
      assert.ok(entries.every(({ redacted }) => redacted > 0));
      assert.equal((await all({ text: '4711', runId: id })).length, 0);
      const journal = kernel.use(Journal).tenant(defaultTenant);
      assert.ok(JSON.stringify(await journal.read(id)).includes(secretKey));
      assert.equal(await journal.verify(id), undefined);
      const { resourceSpans } = await log.spans(id, { content: true });
      assert.ok(!JSON.stringify(resourceSpans).includes(secretKey));
    });

    it('removes entries whose time is over, with all that belongs to them', async () => {
      await boot();
      const { id } = await ask('caller', 'Soon forgotten');
      assert.equal((await all({ runId: id })).length, 3);
      const tenants = kernel.use(TenantStorage);
      const later = { daysOf: async () => 7, now: () => Date.now() + 8 * dayMs };
      const task = createRetentionTask(tenants, createUseTenant(tenants), later);
      const { removed } = await task.run({ signal: new AbortController().signal, log: {} as never });
      assert.ok(Number(removed) >= 3);
      assert.deepEqual(await all(), []);
      const database = await tenants.tenant(defaultTenant);
      for (const table of ['bodies', 'words', 'entries'])
        assert.deepEqual(await database.query(`SELECT * FROM af_prompt_log_${table}`), [], table);
    });

    it('keeps what each tenant has for as long as that wants', async () => {
      kernel = await bootPromptLog({
        storage: platform.storage,
        dataDir,
        config: { days: 30 },
        settings: true,
      });
      const tenants = kernel.use(TenantStorage);
      const settings = kernel.use(TenantSettings);
      const wanted = { short: 7, long: null } as const;
      for (const [tenant, days] of Object.entries(wanted)) {
        await tenants.create(tenant);
        await settings.tenant(tenant).set('prompt-log.days', days, { by: 'tenant' });
        const runs = kernel.use(AgentRuntime).tenant(tenant);
        await runs.wait((await runs.start({ agent: 'caller', input: 'What is at the pier?' })).id);
      }
      const { value, source } = await settings.tenant(defaultTenant).get('prompt-log.days');
      assert.deepEqual([value, source], [30, 'platform']);
      const kept = declareDays(settings, 30);
      const left = async (after: number): Promise<readonly string[]> => {
        const options = {
          daysOf: (tenant: string) => kept.of(tenant),
          now: () => Date.now() + after * dayMs,
        };
        const task = createRetentionTask(tenants, createUseTenant(tenants), options);
        await task.run({ signal: new AbortController().signal, log: {} as never });
        const there: string[] = [];
        for (const tenant of Object.keys(wanted)) {
          const { entries } = await kernel.use(PromptLog).tenant(tenant).list();
          if (entries.length > 0) there.push(tenant);
        }
        return there;
      };
      assert.deepEqual(await left(6), ['short', 'long']);
      assert.deepEqual(await left(8), ['long']);
      assert.deepEqual(await left(30_000), ['long']);
    });

    it('keeps tenants apart', async () => {
      await boot();
      const { id } = await ask('caller', 'Only mine');
      await kernel.use(TenantStorage).create('other');
      const other = kernel.use(PromptLog).tenant('other');
      assert.deepEqual(await other.list(), { entries: [] });
      await refused(other.get(`${id}:4`), 'AF_PROMPT_LOG_UNKNOWN', /4/);
      await refused(other.spans(id), 'AF_PROMPT_LOG_RUN_UNKNOWN', new RegExp(id));
    });
  });
}

describe('the configuration of the prompt log', () => {
  it('is refused with a pattern that is none', async () => {
    const config = { redact: { patterns: ['(oops'] } };
    await assert.rejects(
      bootPromptLog({ storage: storageOf('sqlite'), config }),
      /AF_PROMPT_LOG_PATTERN_INVALID|\(oops/,
    );
  });

  it('can leave words out, and then says so', async () => {
    const kernel = await bootPromptLog({ storage: storageOf('sqlite'), config: { fullText: false } });
    try {
      const log = kernel.use(PromptLog).tenant(defaultTenant);
      await assert.rejects(log.list({ text: 'word' }), /words are not kept here/);
    } finally {
      await kernel.close();
    }
  });
});
