import assert from 'node:assert/strict';
import { Knowledge, type TenantKnowledge } from '@agent-factory/sdk/contracts';
import type { KnowledgeBase } from '@agent-factory/sdk/domain';
import { waitFor } from '@agent-factory/sdk/testing';
import { openPlatform, type KnowledgePlatform } from './support/open-platform.ts';

const notes = (title: string): KnowledgeBase => ({
  name: 'notes',
  sources: [{ type: 'text', title, text: 'Tom is a cat.' }],
});

for (const jobs of [false, true])
  describe(`a base that is changed while it is taken in ${jobs ? 'by jobs' : 'in this process'}`, () => {
    let platform: KnowledgePlatform;
    let mine: TenantKnowledge;
    before(async () => {
      platform = await openPlatform('sqlite');
      const kernel = await platform.boot({}, jobs ? ['@agent-factory/plugin-jobs-local'] : []);
      mine = kernel.use(Knowledge).tenant('default');
    });
    after(() => platform.close());

    const sources = async (): Promise<string> =>
      (await mine.documents('notes')).map(({ source }) => source).join();

    it('is taken in as it is then', async () => {
      const held = Promise.withResolvers<void>();
      platform.embedder.hold = held.promise;
      await mine.put(notes('old.md'));
      await mine.queueIngest('notes');
      await waitFor('the look to begin', async () => (await mine.get('notes')).isIngesting);
      await mine.put(notes('new.md'));
      await mine.queueIngest('notes');
      platform.embedder.hold = undefined;
      held.resolve();
      await waitFor('the new document alone', async () => (await sources()) === 'new.md');
    });

    it('is looked at again by whoever asks for that', async () => {
      const held = Promise.withResolvers<void>();
      platform.embedder.hold = held.promise;
      await mine.put(notes('third.md'));
      const third = mine.ingest('notes');
      await waitFor('the look to begin', async () => (await mine.get('notes')).isIngesting);
      await mine.put(notes('fourth.md'));
      const fourth = mine.ingest('notes');
      platform.embedder.hold = undefined;
      held.resolve();
      assert.deepEqual([(await third).ingested, (await fourth).removed], [1, 1]);
      assert.equal(await sources(), 'fourth.md');
    });
  });
