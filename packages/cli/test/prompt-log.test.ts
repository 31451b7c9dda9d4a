import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { af, cleanUp, tempFolder, type Outcome } from './support/agent-factory.ts';

describe('agent-factory prompt-log', function () {
  this.timeout(120_000);
  let folder: string;
  before(() => {
    folder = tempFolder('documents');
    const file = join(folder, 'agent-factory.config.yaml');
    const journal = '  - "@agent-factory/plugin-journal-sql"\n';
    const config = readFileSync(file, 'utf8');
    assert.ok(config.includes(journal));
    writeFileSync(file, config.replace(journal, `${journal}  - "@agent-factory/plugin-prompt-log"\n`));
  });
  after(cleanUp);
  const call = (...args: string[]): Promise<Outcome> => af(folder, args);

  it('lists, searches, shows and exports what models and tools were asked', async () => {
    const ran = await call('run', 'librarian', 'What is 6 times 7?', '--json');
    const { id } = JSON.parse(ran.stdout) as { id: string };
    const listed = await call('prompt-log', 'list', '--run', id);
    assert.match(listed.stdout, /^ENTRY +ENDED +AGENT +CALLED/, listed.stderr);
    assert.match(listed.stdout, new RegExp(`^${id}:\\d+ .* librarian +local/tools +ok`, 'm'));
    const found = await call('prompt-log', 'search', 'times', '--kind', 'model', '--json');
    const { entries } = JSON.parse(found.stdout) as { entries: { id: string }[] };
    const [entry] = entries;
    assert.ok(entry);
    assert.ok(entry.id.startsWith(id));
    const shown = JSON.parse((await call('prompt-log', 'show', entry.id)).stdout) as { agent: string };
    assert.equal(shown.agent, 'librarian');
    const lines = (await call('prompt-log', 'export', '--run', id)).stdout.trim().split('\n');
    assert.ok(lines.every((line) => (JSON.parse(line) as { runId: string }).runId === id));
    const spans = await call('prompt-log', 'export', '--format', 'otlp', '--run', id);
    assert.match(spans.stdout, /"name":"invoke_agent librarian"/);
  });

  it('says what is wrong with what it is given', async () => {
    assert.match((await call('prompt-log', 'list', '--from', 'yesterday')).stderr, /"yesterday" is no time/);
    assert.match((await call('prompt-log', 'show', 'run_none:1')).stderr, /AF_PROMPT_LOG_UNKNOWN/);
    assert.match((await call('prompt-log', 'export', '--format', 'otlp')).stderr, /--run/);
    assert.match((await call('prompt-log', 'search', '!?')).stderr, /no word/);
  });
});
