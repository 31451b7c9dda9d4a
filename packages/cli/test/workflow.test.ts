import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { af, cleanUp, tempFolder, type Outcome } from './support/agent-factory.ts';

describe('agent-factory workflow', function () {
  this.timeout(90_000);
  let folder: string;
  before(() => {
    folder = tempFolder();
    cpSync(join(import.meta.dirname, '../../../examples/support-bot'), folder, { recursive: true });
  });
  after(cleanUp);
  const workflow = (...args: string[]): Promise<Outcome> => af(folder, ['workflow', ...args]);
  const blueprint = (verb: string, ...args: string[]): Promise<Outcome> =>
    af(folder, ['blueprint', verb, 'support-bot', ...args]);

  it('lists, draws and runs workflows', async () => {
    assert.match((await blueprint('validate', '-p', 'shop=Acme')).stdout, /^Fine\./);
    assert.match(
      (await blueprint('install', '-p', 'shop=Acme')).stdout,
      /^Installed support-bot\.\n {2}version 1\.0\.0/,
    );
    assert.match((await workflow('list')).stdout, /^WORKFLOW +VERSION +ABOUT\nsupport +1\.0\.0 +Answers/);
    const drawn = await workflow('diagram', 'support', '--format', 'graphviz');
    assert.match(drawn.stdout, /^digraph "support 1\.0\.0" \{/);
    const answered = await workflow('run', 'support', '{"message": "Where is B42?"}');
    assert.equal(answered.stdout, 'Thank you for asking! Your lamp is on its way, there tomorrow.\n');
  });

  it('says what is wrong with an input', async () => {
    const { code, stderr } = await workflow('run', 'support', 'B42?');
    assert.equal(code, 1);
    assert.match(stderr, /AF_CLI_INPUT_INVALID/);
  });
});
