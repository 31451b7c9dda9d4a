import assert from 'node:assert/strict';
import { defaultTenant, Knowledge, type TenantKnowledge } from '@agent-factory/sdk/contracts';
import { waitFor } from '@agent-factory/sdk/testing';
import {
  bootBlueprints,
  deskFiles,
  pluginFolder,
  type BlueprintPlatform,
  type Files,
} from './support/boot-blueprints.ts';

const parameters = { shop: 'Acme' };
const plugins = ['vector-sql', 'documents-builtin', 'knowledge-vector'].map(pluginFolder);

const withKnowledge = (version = '1.0.0', changed: Files = {}): Files =>
  deskFiles(version, {
    'knowledge/handbook.yaml': {
      name: 'handbook',
      description: 'How ${param:shop} works.',
      sources: [
        { type: 'folder', path: './handbook', exclude: ['drafts/**'] },
        { type: 'text', title: 'motto.md', text: 'Nobody is turned away.' },
      ],
    },
    'handbook/hours.md': '# Hours\n\nOpen from nine to five.\n',
    'handbook/refunds.md': '# Refunds\n\nBroken things are paid back.\n',
    'handbook/drafts/secret.md': 'Not for customers.\n',
    'agents/refunds.yaml': {
      name: 'refunds',
      instructions: 'x',
      model: 'test/any',
      knowledge: ['handbook'],
    },
    ...changed,
  });

describe('the knowledge of a blueprint', function () {
  this.timeout(30_000);
  let platform: BlueprintPlatform;
  afterEach(() => platform.close());
  const boot = async (files: Files, active: readonly string[] = plugins): Promise<void> => {
    platform = await bootBlueprints({ desk: files }, active);
  };
  const own = (): TenantKnowledge => platform.kernel.use(Knowledge).tenant(defaultTenant);
  const sources = async (): Promise<readonly string[]> =>
    (await own().documents('handbook')).filter(({ isGiven }) => isGiven).map(({ source }) => source);
  /** Installs it, and waits until what is taken in later is. */
  const install = async (): Promise<void> => {
    await platform.blueprints.install({ name: 'desk', parameters });
    await waitFor('what is taken in later', async () => {
      const { lastIngest, isIngesting } = await own().get('handbook');
      return lastIngest !== undefined && !isIngesting;
    });
  };
  const found = async (text: string): Promise<string | undefined> =>
    (await own().search({ bases: ['handbook'], text }))[0]?.text;
  const problems = async (): Promise<readonly string[]> =>
    (await platform.blueprints.validate({ name: 'desk' }, parameters)).map(
      ({ file, path, message }) => `${file ?? ''} ${path} ${message}`,
    );

  it('is a base of the tenant, with the documents of its folders, before the agents that search it', async () => {
    await boot(withKnowledge());
    assert.deepEqual(await problems(), []);
    await platform.blueprints.install({ name: 'desk', parameters });
    const { base, owner } = await own().get('handbook');
    assert.deepEqual([owner, base.description, base.sources.length], ['tenant', 'How Acme works.', 1]);
    assert.deepEqual(await sources(), ['hours.md', 'refunds.md']);
    assert.match((await found('when are you open')) ?? '', /nine to five/);
    assert.deepEqual((await platform.blueprints.plan({ name: 'desk' })).steps, []);
    const { installation } = await platform.blueprints.get('desk');
    assert.ok(installation?.parts.some(({ part, edited }) => part === 'knowledge' && !edited));
  });

  it('is upgraded document by document, and shown so before', async () => {
    await boot(withKnowledge());
    await install();
    await own().addDocument('handbook', { source: 'own.md', content: 'Our own.' });
    const { 'handbook/refunds.md': _gone, ...rest } = withKnowledge('1.1.0', {
      'handbook/hours.md': '# Hours\n\nOpen at night.\n',
      'handbook/terms.md': 'Terms.\n',
    });
    await platform.rewrite('desk', rest);
    const { steps } = await platform.blueprints.plan({ name: 'desk' });
    assert.deepEqual(
      steps.map(({ part, action, changes }) => [part, action, changes.map(({ path }) => path).toSorted()]),
      [['knowledge', 'change', ['/documents/hours.md', '/documents/refunds.md', '/documents/terms.md']]],
    );
    await platform.blueprints.upgrade({ name: 'desk' });
    assert.deepEqual(await sources(), ['hours.md', 'own.md', 'terms.md']);
    assert.match((await found('when are you open')) ?? '', /at night/);
  });

  it('loses the documents of a folder that the blueprint has no more', async () => {
    await boot(withKnowledge());
    await install();
    const {
      'handbook/hours.md': _hours,
      'handbook/refunds.md': _refunds,
      ...rest
    } = withKnowledge('1.1.0', {
      'knowledge/handbook.yaml': {
        name: 'handbook',
        description: 'How ${param:shop} works.',
        sources: [{ type: 'text', title: 'motto.md', text: 'Nobody is turned away.' }],
      },
    });
    await platform.rewrite('desk', rest);
    await platform.blueprints.upgrade({ name: 'desk' });
    assert.deepEqual(await sources(), []);
    assert.deepEqual((await platform.blueprints.plan({ name: 'desk' })).steps, []);
  });

  it('loses what is to go also when its upgrade was broken off before', async () => {
    await boot(withKnowledge());
    await install();
    const { 'handbook/refunds.md': _gone, ...rest } = withKnowledge('1.1.0', {
      'knowledge/first.yaml': { name: 'first', sources: [{ type: 'folder', path: './first' }] },
      'first/note.md': 'A note.\n',
    });
    await platform.rewrite('desk', { ...rest, 'first/broken.pdf': 'no PDF' });
    await assert.rejects(platform.blueprints.upgrade({ name: 'desk' }), { code: 'AF_DOCUMENT_UNREADABLE' });
    assert.deepEqual(await sources(), ['hours.md', 'refunds.md']);
    await platform.rewrite('desk', rest);
    await platform.blueprints.upgrade({ name: 'desk' });
    assert.deepEqual(await sources(), ['hours.md']);
  });

  it('goes with the blueprint', async () => {
    await boot(withKnowledge());
    await install();
    await platform.blueprints.remove('desk');
    await assert.rejects(own().get('handbook'), { code: 'AF_KNOWLEDGE_UNKNOWN' });
  });

  it('that was changed here is not changed unasked', async () => {
    await boot(withKnowledge());
    await install();
    const { base } = await own().get('handbook');
    await own().put({ ...base, description: 'Ours.' });
    await platform.rewrite('desk', withKnowledge('1.1.0', { 'handbook/hours.md': 'Closed.\n' }));
    await assert.rejects(platform.blueprints.upgrade({ name: 'desk' }), {
      code: 'AF_BLUEPRINT_EDITED',
    });
    await platform.blueprints.upgrade({ name: 'desk', edits: 'keep' });
    assert.equal((await own().get('handbook')).base.description, 'Ours.');
    assert.match((await found('when are you open')) ?? '', /nine to five/);
    await platform.blueprints.upgrade({ name: 'desk', edits: 'overwrite' });
    assert.equal((await own().get('handbook')).base.description, 'How Acme works.');
    assert.match((await found('hours closed')) ?? '', /Closed/);
  });

  it('with a document that cannot be read is ended by doing it again', async () => {
    await boot(withKnowledge('1.0.0', { 'handbook/broken.pdf': 'no PDF' }));
    await assert.rejects(platform.blueprints.install({ name: 'desk', parameters }), {
      code: 'AF_DOCUMENT_UNREADABLE',
    });
    assert.equal((await platform.blueprints.get('desk')).installation?.state, 'changing');
    await platform.rewrite('desk', withKnowledge());
    const done = await platform.blueprints.install({ name: 'desk', parameters });
    assert.deepEqual([done.state, done.parts.some(({ edited }) => edited)], ['installed', false]);
    assert.deepEqual(await sources(), ['hours.md', 'refunds.md']);
  });

  it('tells every problem with its folders, its place and its plugins', async () => {
    const folders = ['./absent', '../elsewhere', './empty', './handbook'];
    await boot(
      withKnowledge('1.0.0', {
        'knowledge/handbook.yaml': {
          name: 'handbook',
          sources: [...folders, './handbook'].map((path) => ({ type: 'folder', path })),
        },
        'empty/note.xyz': 'x',
        'agents/lost.yaml': { name: 'lost', instructions: 'x', model: 'test/any', knowledge: ['nowhere'] },
      }),
    );
    const told = (await problems()).join('\n');
    assert.match(told, /knowledge\/handbook\.yaml \/sources\/0\/path cannot be read: ENOENT/);
    assert.match(told, /\/sources\/1\/path cannot be read/);
    assert.match(told, /\/sources\/2\/path holds no document/);
    assert.match(told, /\/sources\/4\/path has "hours\.md" again/);
    await platform.rewrite(
      'desk',
      withKnowledge('1.0.0', {
        'agents/lost.yaml': { name: 'lost', instructions: 'x', model: 'test/any', knowledge: ['nowhere'] },
      }),
    );
    assert.match((await problems()).join('\n'), /agents\/lost\.yaml \/knowledge\/0 .*nowhere/);
    await platform.close();
    await boot(withKnowledge(), []);
    assert.match(
      (await problems()).join('\n'),
      /knowledge\/handbook\.yaml {2}no active plugin keeps knowledge/,
    );
  });

  it('is exported with the agents that search it, without documents that were given', async () => {
    await boot(withKnowledge());
    await platform.blueprints.install({ name: 'desk', parameters });
    const files = await platform.blueprints.export({ name: 'copy', agents: ['refunds'] });
    assert.deepEqual(Object.keys(files).toSorted(), [
      'agents/refunds.yaml',
      'blueprint.yaml',
      'knowledge/handbook.yaml',
      'package.json',
    ]);
    assert.match(files['knowledge/handbook.yaml'] ?? '', /Nobody is turned away/);
  });
});
