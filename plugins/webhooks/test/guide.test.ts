import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { waitFor } from '@agent-factory/sdk/testing';
import { defineTargets, openWebhooks } from './support/open-webhooks.ts';

const folder = dirname(import.meta.dirname);
const guide = readFileSync(join(folder, '../../docs/webhooks.md'), 'utf8');

/** Has a server say on which port it listens. */
const telling = `data:text/javascript,${encodeURIComponent(`
  import { Server } from 'node:net';
  const { listen } = Server.prototype;
  Server.prototype.listen = function (...given) {
    this.once('listening', () => console.log('port', this.address().port));
    return listen.apply(this, given);
  };`)}`;

describe('docs/webhooks.md', function () {
  this.timeout(60_000);

  it('has a receiver that runs, and refuses what is not signed', async () => {
    const code = /^```js\n([^]*?)\n```$/m.exec(guide)?.[1] ?? '';
    const platform = await openWebhooks();
    const booted = await platform.boot();
    await defineTargets(booted);
    const made = { url: 'http://127.0.0.1/', events: ['run.succeeded'] };
    const [, { webhook, secret }] = await booted.ask('POST', '/webhooks', made);
    const id = String(Object(webhook).id);
    const child = spawn(process.execPath, ['--import', telling, '--input-type=module', '--eval', code], {
      cwd: folder, // where its library is
      env: { WEBHOOK_SECRET: String(secret), PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    try {
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
      const port = await waitFor('the port', () => /^port (\d+)$/m.exec(said)?.[1]);
      const url = `http://127.0.0.1:${port}/`;
      assert.equal((await booted.ask('PATCH', `/webhooks/${id}`, { url }))[0], 200);
      const { id: runId } = await booted.runs().start({ agent: 'guide', input: 'Hello' });
      await waitFor('the run', () => said.includes(`run.succeeded ${runId}\n`));
      const [, { id: message }] = await booted.ask('POST', `/webhooks/${id}/test`);
      await waitFor('the test', () => said.includes('webhook.test'));
      const path = `/webhooks/${id}/deliveries/${String(message)}`;
      await waitFor('the end', async () => (await booted.ask('GET', path))[1]['state'] === 'delivered');
      await booted.ask('POST', `${path}/replay`);
      await waitFor('the replay', async () => (await booted.ask('GET', path))[1]['attempts'] === 2);
      assert.equal(said.split('webhook.test').length, 2, 'what it has had it knows');
      assert.equal((await fetch(url, { method: 'POST', body: '{}' })).status, 401);
    } finally {
      child.kill('SIGKILL');
      await ended;
      await platform.close();
    }
  });
});
