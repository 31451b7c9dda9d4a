import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Knowledge } from '@agent-factory/sdk/contracts';
import { waitFor } from '@agent-factory/sdk/testing';
import { openPlatform, type KnowledgePlatform } from './support/open-platform.ts';

describe('a plugin of kind knowledge', () => {
  let platform: KnowledgePlatform;
  let root: string;
  before(async () => {
    platform = await openPlatform('sqlite');
    root = await mkdtemp(join(tmpdir(), 'agent-factory-pack-'));
  });
  after(async () => {
    await platform.close();
    await rm(root, { recursive: true, force: true });
  });

  const pack = async (id: string, definition: string): Promise<string> => {
    const folder = join(root, id);
    await mkdir(join(folder, 'texts'), { recursive: true });
    const agentFactory = { id, kernel: '*', kind: 'knowledge' };
    const manifest = {
      name: id,
      version: '2.1.0',
      type: 'module',
      keywords: ['agent-factory-plugin'],
      agentFactory,
    };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    await writeFile(join(folder, 'knowledge.yaml'), definition);
    await writeFile(join(folder, 'texts', 'cats.md'), '# Cats\n\nTom is a cat.\n');
    return folder;
  };

  it('brings a base of the platform, with its version', async () => {
    const folder = await pack('pets', 'name: pets\nsources: [{ type: folder, path: ./texts }]\n');
    const kernel = await platform.boot({}, [folder]);
    const knowledge = kernel.use(Knowledge).tenant('default');
    const state = await waitFor('the pack', async () => {
      const found = await knowledge.get('pets');
      return found.lastIngest && found;
    });
    assert.deepEqual(
      [state.owner, state.documents, state.pack],
      ['platform', 1, { plugin: 'pets', version: '2.1.0' }],
    );
    const [hit] = await knowledge.search({ bases: ['pets'], text: 'cat' });
    assert.equal(hit?.citation.source, 'cats.md');
    await kernel.close();
  });

  it('is refused when it has no definition, a wrong one, or reaches out of its folder', async () => {
    const wrong = {
      'no-object': 'just text',
      'no-sources': 'name: x\n',
      outside: 'name: x\nsources: [{ type: folder, path: ../.. }]\n',
      absolute: 'name: x\nsources: [{ type: folder, path: /etc }]\n',
      unreadable: 'name: [',
    };
    for (const [id, definition] of Object.entries(wrong))
      await assert.rejects(
        platform.boot({}, [await pack(id, definition)]),
        /AF_KNOWLEDGE_INVALID|was not accepted/,
        id,
      );
  });
});
