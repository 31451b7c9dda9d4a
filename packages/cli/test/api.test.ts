import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { af, cleanUp, startPlatform, tempFolder, type Outcome } from './support/agent-factory.ts';

describe('agent-factory api', function () {
  this.timeout(90_000);
  let folder: string;
  let env: NodeJS.ProcessEnv;
  before(async () => {
    folder = tempFolder('documents');
    env = { AGENT_FACTORY_URL: (await startPlatform(folder)).url };
  });
  after(cleanUp);

  const api = (...args: string[]): Promise<Outcome> => af(folder, ['api', ...args], env);
  const json = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { code, stdout, stderr } = await api(...args);
    assert.equal(code, 0, stderr);
    return Object(JSON.parse(stdout));
  };

  it('lists what the platform serves, and what each takes', async () => {
    const { stdout } = await api('list', 'run', 'cancel');
    assert.match(stdout, /^OPERATION +TAKES +DOES\ncancelRun +id=… +\S.*\n$/);
    const served = await fetch(`${env['AGENT_FACTORY_URL']}/api/v1/openapi.json`);
    const { paths } = Object(await served.json()) as { readonly paths: Record<string, object> };
    const all = await json('list', '--json');
    assert.equal(all['length'], Object.values(paths).flatMap((item) => Object.keys(item)).length);
  });

  it('calls any of them', async () => {
    writeFileSync(join(folder, 'clerk.yaml'), 'instructions: Be brief.\nmodel: local/tools\n');
    assert.equal((await json('call', 'putAgent', 'name=clerk', '--file', 'clerk.yaml'))['name'], 'clerk');
    const again = await api('call', 'putAgent', 'name=clerk', 'if-none-match=*', '--file', 'clerk.yaml');
    assert.match(again.stderr, /AF_DEFINITION_UNMATCHED/);
    const body = JSON.stringify({ agent: 'clerk', input: 'Hello.' });
    const run = await json('call', 'startRun', 'wait=true', '--body', body);
    assert.equal(run['status'], 'succeeded');
    const { stdout } = await api('call', 'streamRun', `id=${String(run['id'])}`, 'after=1');
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => Object(JSON.parse(line)));
    assert.equal(events[0].id, '2');
    assert.equal(events.at(-1).event, 'run.succeeded');
  });

  it('refuses what it cannot send, and tells what the platform refuses', async () => {
    for (const [args, reason] of [
      [['call', 'stopRun'], /no such operation.*\n.*api list/],
      [['call', 'getRun', 'run=1'], /takes no such parameter.*\n.*id, fields/],
      [['call', 'getRun'], /"id" is missing/],
      [['call', 'startRun', '--body', '{'], /--body cannot be used/],
      [['call', 'getAgent', 'name=nobody'], /AF_AGENT_UNKNOWN/],
      [['list', '--url', 'nowhere'], /"nowhere" is no address/],
      [['list', '--url', 'http://127.0.0.1:1'], /AF_CLIENT_UNREACHABLE/],
    ] as const) {
      const { code, stderr } = await api(...args);
      assert.equal(code, 1, args.join(' '));
      assert.match(stderr, reason);
    }
  });
});
