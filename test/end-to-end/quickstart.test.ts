import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { answerOf, type Run, type RunEvent } from '@agent-factory/sdk/domain';
import { command, root, startQuickstart, type Quickstart } from '../support/quickstart.ts';

const question = 'When is a tool call repeated after a crash?';

async function ask(url: string, input: string): Promise<Run> {
  const response = await fetch(`${url}/api/v1/runs?wait=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ agent: 'librarian', input }),
  });
  assert.equal(response.status, 200);
  return (await response.json()) as Run;
}

/** Asserts that each citation's words stand in the lines it names, and each [file:line] in one it relies on. */
function assertCited(run: Run, folder: string): void {
  const { citations } = run;
  const output = answerOf(run);
  assert.ok(citations.length > 0, 'it cites something');
  const lines = (source: string): string[] => readFileSync(join(folder, source), 'utf8').split('\n');
  for (const { source, line = 0, endLine = line, quote = '' } of citations) {
    const passage = words(
      lines(source)
        .slice(line - 1, endLine)
        .join(' '),
    );
    const wanted = words(quote.replace(/…$/, ''));
    assert.ok(wanted.length > 10 && passage.includes(wanted), `${source}:${line}-${endLine} holds: ${quote}`);
  }
  const marks = [...output.matchAll(/\[([^\]\s]+):(\d+)\]/g)];
  assert.ok(marks.length > 0, output);
  for (const [mark, source, number] of marks) {
    assert.ok(lines(source ?? '')[Number(number) - 1]?.trim(), `${mark} names a line with words on it`);
    const relied = citations.some(
      ({ source: cited, line = 0, endLine = line }) =>
        cited === source && line <= Number(number) && Number(number) <= endLine,
    );
    assert.ok(relied, `${mark} is in a passage the run cites`);
  }
}

function words(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

describe('the quickstart', function () {
  this.timeout(30_000);

  describe('offline', () => {
    let quickstart: Quickstart;
    let run: Run;
    before(async () => {
      quickstart = await startQuickstart();
      run = await ask(quickstart.url, question);
    });
    after(async () => {
      assert.equal(await quickstart.stop(), 0);
    });

    it("answers over HTTP from the project's own docs, citing lines that hold the words", () => {
      assert.equal(run.status, 'succeeded');
      assert.match(answerOf(run), /repeated/);
      assert.match(answerOf(run), /no language model/);
      assertCited(run, join(root, 'docs'));
    });

    it('answers the same through agent-factory run, beside the running platform', async () => {
      const [node = '', ...args] = command;
      const { stdout } = await promisify(execFile)(node, [...args, 'run', 'librarian', question, '--json'], {
        cwd: root,
        env: quickstart.env,
      });
      const own = JSON.parse(stdout) as Run;
      assert.equal(own.output, run.output);
      assert.deepEqual(own.citations, run.citations);
      const seen = await fetch(`${quickstart.url}/api/v1/runs/${own.id}`);
      assert.equal(((await seen.json()) as Run).status, 'succeeded');
    });

    it('keeps a journal that shows every step', async () => {
      const events = await eventsOf(quickstart.url, run.id);
      assert.deepEqual(
        events.map(({ seq }) => seq),
        events.map((_, index) => index + 1),
      );
      assert.deepEqual(
        events.map(({ type }) => type),
        [
          'run.created',
          'run.started',
          'model.requested',
          'model.responded',
          'tool.started',
          'tool.finished',
          'model.requested',
          'model.responded',
          'run.succeeded',
        ],
      );
      assert.match(JSON.stringify(events[4]), /search_documents/);
    });

    it('streams the journal, and resumes after any event without loss or repetition', async () => {
      const events = await eventsOf(quickstart.url, run.id);
      for (let last = 0; last <= events.length; last += 1) {
        const streamed = await streamOf(quickstart.url, run.id, last);
        assert.deepEqual(streamed, events.slice(last), `after event ${last}`);
      }
    });

    it('loses nothing when a client breaks off in the middle of a live run and comes back', async () => {
      const started = await fetch(`${quickstart.url}/api/v1/runs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ agent: 'librarian', input: 'What is a generation?' }),
      });
      assert.equal(started.status, 202);
      const { id } = (await started.json()) as Run;
      const seen: RunEvent[] = [];
      while (!seen.at(-1)?.type.startsWith('run.succeeded')) {
        // Each connection reads two events, then leaves.
        seen.push(...(await streamOf(quickstart.url, id, seen.length, 2)));
      }
      assert.deepEqual(seen, await eventsOf(quickstart.url, id));
    });
  });

  it('answers from any folder of documents, named with DOCUMENTS', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agent-factory-documents-'));
    writeFileSync(join(folder, 'garden.md'), '# The garden\n\nThe apple trees are watered on Tuesdays.\n');
    const quickstart = await startQuickstart({ DOCUMENTS: folder });
    try {
      const run = await ask(quickstart.url, 'When are the apple trees watered?');
      assert.match(answerOf(run), /Tuesdays\. \[garden\.md:3\]/);
      assertCited(run, folder);
    } finally {
      await quickstart.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  describe('with OPENAI_API_KEY and OPENAI_BASE_URL set', () => {
    let model: Server;
    let quickstart: Quickstart;
    const asked: { authorization: string | undefined; messages: { role: string; content: string }[] }[] = [];
    before(async () => {
      model = createServer((request, response) => {
        let text = '';
        request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        request.on('end', () => {
          const { messages } = JSON.parse(text) as { messages: { role: string; content: string }[] };
          asked.push({ authorization: request.headers.authorization, messages });
          response.setHeader('content-type', 'application/json').end(JSON.stringify(completion(messages)));
        });
      }).listen(0, '127.0.0.1');
      await new Promise((resolve) => model.once('listening', resolve));
      const { port } = model.address() as AddressInfo;
      quickstart = await startQuickstart({
        OPENAI_API_KEY: 'key-for-this-test',
        OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
      });
    });
    after(async () => {
      await quickstart.stop();
      model.closeAllConnections();
      model.close();
    });

    it('lets that model answer, with the tools and citations of before', async () => {
      const run = await ask(quickstart.url, question);
      assert.equal(run.status, 'succeeded', run.error?.message);
      assert.match(answerOf(run), /^Only when its effect allows it/);
      assertCited(run, join(root, 'docs'));
      assert.equal(asked.length, 2);
      assert.equal(asked[0]?.authorization, 'Bearer key-for-this-test');
      assert.equal(asked[1]?.messages.at(-1)?.role, 'tool');
      const journal = JSON.stringify(await eventsOf(quickstart.url, run.id));
      assert.match(journal, /"provider":"openai"/);
      assert.ok(
        !(journal + quickstart.text()).includes('key-for-this-test'),
        'the key is nowhere to be seen',
      );
    });
  });
});

/** What an OpenAI-compatible server answers: first a tool call, then a text that cites the first result. */
function completion(messages: readonly { role: string; content: string }[]): unknown {
  const found = messages.at(-1)?.role === 'tool' ? messages.at(-1)?.content : undefined;
  const [, source, line] = /"source":"([^"]+)","line":(\d+)/.exec(found ?? '') ?? [];
  const call = {
    name: 'search_documents',
    arguments: JSON.stringify({ query: 'effect repeated after a crash' }),
  };
  const message = found
    ? { role: 'assistant', content: `Only when its effect allows it. [${source}:${line}]` }
    : { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', function: call }] };
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'gpt-4o-mini',
    choices: [{ index: 0, message, finish_reason: found ? 'stop' : 'tool_calls' }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  };
}

async function eventsOf(url: string, id: string): Promise<RunEvent[]> {
  const response = await fetch(`${url}/api/v1/runs/${id}/events`);
  return ((await response.json()) as { events: RunEvent[] }).events;
}

/** Reads the stream after the event with that number, to its end or until it has `most` events. */
async function streamOf(url: string, id: string, last: number, most = Infinity): Promise<RunEvent[]> {
  const leave = new AbortController();
  const response = await fetch(`${url}/api/v1/runs/${id}/stream`, {
    headers: { 'last-event-id': String(last) },
    signal: leave.signal,
  });
  const events: RunEvent[] = [];
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, data] = /^data: (.*)$/m.exec(block) ?? [];
      if (data === undefined || events.length >= most) continue;
      const event = JSON.parse(data) as RunEvent;
      assert.match(block, new RegExp(`^id: ${event.seq}$`, 'm'));
      events.push(event);
    }
    if (events.length >= most) break;
  }
  leave.abort();
  return events;
}
