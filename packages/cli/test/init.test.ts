import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { af, cleanUp, tempFolder } from './support/agent-factory.ts';

describe('agent-factory init', function () {
  this.timeout(30_000);
  afterEach(cleanUp);

  it('writes a librarian that answers from its folder, with sources', async () => {
    const folder = tempFolder();
    const written = await af(folder, ['init', 'library']);
    assert.equal(written.code, 0, written.stderr);
    assert.match(written.stdout, /^\+ library\/agent-factory\.config\.yaml\n/);
    const place = join(folder, 'library');
    const answer = await af(place, ['run', 'librarian', 'Where is the configuration?']);
    assert.equal(answer.code, 0, answer.stderr);
    assert.match(answer.stdout, /The configuration is agent-factory\.config\.yaml/);
    assert.match(answer.stdout, /\n\nSources\n {2}welcome\.md:\d+/);
  });

  it('prints next steps that work as they are', async () => {
    const folder = tempFolder();
    const { stdout } = await af(folder, ['init', 'my place']);
    const [, step = ''] = /(run librarian .*)$/m.exec(stdout) ?? [];
    const [, question = '', config = ''] = /run librarian "(.+)" --config '(.+)'/.exec(step) ?? [];
    const answer = await af(folder, ['run', 'librarian', question, '--config', config]);
    assert.equal(answer.code, 0, answer.stderr);
    assert.match(answer.stdout, /Sources/);
  });

  it('writes a plugin whose tool an agent uses', async () => {
    const folder = tempFolder();
    assert.equal((await af(folder, ['init', '--template', 'plugin'])).code, 0);
    const answer = await af(folder, ['run', 'gambler', 'Roll a die with 20 sides.']);
    assert.equal(answer.code, 0, answer.stderr);
    assert.match(answer.stdout, /\b([1-9]|1\d|20)\b/);
  });

  it('writes nothing when a file is in the way', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'agents'));
    writeFileSync(join(folder, 'agents/librarian.yaml'), 'mine');
    const refused = await af(folder, ['init']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /librarian\.yaml exists already; nothing was written/);
    assert.match(refused.stderr, /AF_CREATE_FILE_EXISTS/);
    assert.deepEqual(readdirSync(folder), ['agents']);
    assert.equal(readFileSync(join(folder, 'agents/librarian.yaml'), 'utf8'), 'mine');

    assert.equal((await af(folder, ['init', '--force'])).code, 0);
    assert.match(readFileSync(join(folder, 'agents/librarian.yaml'), 'utf8'), /^name: librarian/);
  });

  it('writes nothing when a file has the name of a folder', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'agents'), '');
    const refused = await af(folder, ['init']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /AF_CREATE_FOLDER_UNUSABLE/);
    assert.equal(existsSync(join(folder, 'agent-factory.config.yaml')), false);
  });

  it('names the templates there are when it is given another', async () => {
    const refused = await af(tempFolder(), ['init', '-t', 'nothing']);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /documents, plugin/);
  });
});
