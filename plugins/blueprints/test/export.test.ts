import assert from 'node:assert/strict';
import { join } from 'node:path';
import { bootBlueprints, deskFiles, writeFiles, type BlueprintPlatform } from './support/boot-blueprints.ts';

const agents = [
  {
    name: 'clerk',
    instructions: 'Say ${param:x} literally.',
    model: 'test/any',
    handoffs: [{ target: 'boss' }],
  },
  { name: 'boss', instructions: 'Decide.', model: 'test/any' },
  { name: 'idle', instructions: 'Wait.', model: 'test/any' },
];

describe('the export of a blueprint', function () {
  this.timeout(30_000);
  let platform: BlueprintPlatform;
  before(async () => {
    platform = await bootBlueprints({ desk: deskFiles() });
    await platform.runtime.definitions.change(
      agents.map((definition) => ({ kind: 'agent', name: definition.name, definition })),
    );
  });
  after(() => platform.close());

  it('takes along what is named, and what that names', async () => {
    const files = await platform.blueprints.export({ name: 'office', agents: ['clerk'] });
    assert.deepEqual(Object.keys(files), [
      'package.json',
      'blueprint.yaml',
      'agents/boss.yaml',
      'agents/clerk.yaml',
    ]);
  });

  it('can be validated and installed elsewhere, and is the same there', async () => {
    const files = await platform.blueprints.export({
      name: 'office',
      version: '2.1.0',
      description: 'An office.',
    });
    await writeFiles(join(platform.folder, 'office'), files);
    const other = await bootBlueprints({ office: files });
    try {
      assert.deepEqual(await other.blueprints.validate({ folder: join(platform.folder, 'office') }), []);
      const installed = await other.blueprints.install({ name: 'office' });
      assert.deepEqual([installed.version, installed.parts.length], ['2.1.0', 3]);
      for (const definition of agents) {
        const kept = await other.runtime.definitions.get('agent', definition.name);
        assert.deepEqual(kept.definition, definition);
      }
    } finally {
      await other.close();
    }
  });

  it('says what is not there', async () => {
    await assert.rejects(
      platform.blueprints.export({ name: 'x', agents: ['nobody'], workflows: ['none'] }),
      (error) => {
        assert.match(String(error), /there is no agent "nobody"[^]*there is no workflow "none"/);
        return true;
      },
    );
  });
});
