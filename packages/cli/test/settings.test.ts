import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { af, cleanUp, tempFolder, type Outcome } from './support/agent-factory.ts';

describe('agent-factory setting', function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => {
    folder = tempFolder();
  });
  afterEach(cleanUp);

  function configure(...more: readonly string[]): void {
    const plugins = ['storage-sqlite', 'journal-sql', 'audit-sql', 'prompt-log', ...more];
    writeFileSync(
      join(folder, 'agent-factory.config.json'),
      JSON.stringify({
        dataDir: './state',
        plugins: plugins.map((name) => `@agent-factory/plugin-${name}`),
      }),
    );
  }
  const setting = (...args: readonly string[]): Promise<Outcome> => af(folder, ['setting', ...args]);

  it('lists what can be set, sets it and has it as it was', async () => {
    configure('settings-sql');
    assert.match((await setting('list')).stdout, /prompt-log\.days +null +default +tenant +Days/);
    const put = await setting('put', 'prompt-log.days', '30');
    assert.equal(
      put.stdout,
      'The setting prompt-log.days of the tenant default is 30 (tenant).\n',
      put.stderr,
    );
    const [listed] = JSON.parse((await setting('list', '--json')).stdout) as { value: number }[];
    assert.equal(listed?.value, 30);
    const wrong = await setting('put', 'prompt-log.days', 'many');
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /AF_SETTING_INVALID/);
    assert.match((await setting('put', 'prompt-log.day', '30')).stderr, /Did you mean "prompt-log.days"/);
    assert.match((await setting('reset', 'prompt-log.days')).stdout, / is null \(default\)\.\n$/);
    const audit = await af(folder, ['audit', 'list', '--json']);
    assert.match(audit.stdout, /cli:setting put[\s\S]*"prompt-log\.days 30"/);
  });

  it('says which plugin is missing', async () => {
    configure();
    assert.match((await setting('list')).stderr, /@agent-factory\/plugin-settings-sql/);
  });
});
