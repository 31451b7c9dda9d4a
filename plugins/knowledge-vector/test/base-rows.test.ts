import assert from 'node:assert/strict';
import { Knowledge, TenantStorage, type TenantKnowledge } from '@agent-factory/sdk/contracts';
import type { KnowledgeBase } from '@agent-factory/sdk/domain';
import { rejectsWith, type TestKernel } from '@agent-factory/sdk/testing';
import { takeLease } from '../src/base-rows.ts';
import { openPlatform, type KnowledgePlatform } from './support/open-platform.ts';

const notes = (text: string): KnowledgeBase => ({
  name: 'notes',
  sources: [{ type: 'text', title: 'cat.md', text }],
});

for (const engine of ['sqlite', 'postgres'] as const)
  describe(`a base that somebody has the right to, on ${engine}`, function () {
    this.timeout(60_000);
    let platform: KnowledgePlatform;
    let kernel: TestKernel;
    let mine: TenantKnowledge;
    before(async () => {
      platform = await openPlatform(engine);
      kernel = await platform.boot({});
      mine = kernel.use(Knowledge).tenant('default');
      await mine.put(notes('Tom is a cat.'));
    });
    after(() => platform.close());

    const held = async (toRemove: boolean) =>
      takeLease(await kernel.use(TenantStorage).tenant('default'), 'notes', { ms: 60_000, toRemove });

    it('is changed while documents are taken in', async () => {
      const lease = await held(false);
      await mine.put(notes('Rex is a dog.'));
      await lease.end();
    });

    it('is not changed while it is removed, for that would be lost', async () => {
      const lease = await held(true);
      await rejectsWith(mine.put(notes('Kit is a cat.')), 'AF_KNOWLEDGE_BUSY');
      await lease.end();
      await mine.put(notes('Kit is a cat.'));
    });

    it('is removed only as the condition has it', async () => {
      await mine.put({ ...notes('Here.'), name: 'more' });
      const check = (found: KnowledgeBase | undefined): void => {
        throw new Error(`found ${found?.name ?? 'nothing'}`);
      };
      await assert.rejects(mine.remove('more', { check }), /found more/);
      assert.equal((await mine.get('more')).base.name, 'more');
      assert.equal(await mine.remove('more', {}), true);
      await assert.rejects(mine.remove('more', { check }), /found nothing/);
      assert.equal(await mine.remove('more'), false);
    });
  });
