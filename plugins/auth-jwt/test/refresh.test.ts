import assert from 'node:assert/strict';
import { sqlEngines } from '@agent-factory/test-servers';
import { chance } from '../src/refresh-text.ts';
import { pairOf, TokenPlatform } from './support/token-platform.ts';

const reused = 'AF_JWT_REFRESH_REUSED';
const invalid = 'AF_JWT_REFRESH_INVALID';

for (const engine of Object.keys(sqlEngines)) {
  describe(`refresh tokens on ${engine}`, () => {
    let on: TokenPlatform;
    before(async function () {
      this.timeout(60_000);
      on = await TokenPlatform.open(engine);
    });
    after(() => on?.close());

    const begun = async () => on.tokens((await on.person(['viewer'])).key);

    it('hold once each, in whichever process', async () => {
      let pair = await begun();
      const seen = new Set([pair.refresh]);
      for (const process of [on.kernel, on.other, on.kernel]) {
        pair = pairOf(await on.refresh(pair.refresh, process));
        assert.ok(!seen.has(pair.refresh));
        seen.add(pair.refresh);
        assert.equal(await on.refused(pair.access), 200);
      }
    });

    it('give the same once more where the answer was lost', async () => {
      const first = await begun();
      const second = pairOf(await on.refresh(first.refresh));
      const again = pairOf(await on.refresh(first.refresh, on.other));
      assert.equal(again.refresh, second.refresh);
      assert.equal(pairOf(await on.refresh(second.refresh)).id, first.id);
    });

    it('give the same to all who send one at the same moment', async () => {
      const first = await begun();
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_none, at) => on.refresh(first.refresh, at % 2 ? on.other : on.kernel)),
      );
      assert.equal(new Set(answers.map((answer) => pairOf(answer).refresh)).size, 1);
    });

    it('end with all that came of them when one is used again, whoever was first', async () => {
      const first = await begun();
      const stolen = first.refresh;
      const second = pairOf(await on.refresh(first.refresh));
      await on.passes(first.id, 60_001);
      assert.equal((await on.refresh(stolen))[1]['code'], reused);
      for (const { access } of [first, second])
        assert.equal(await on.refused(access), 'AF_ACCESS_CREDENTIAL_INVALID');
      assert.equal((await on.refresh(second.refresh))[1]['code'], invalid);
    });

    it('end as well when one from further back comes, however soon', async () => {
      const first = await begun();
      const second = pairOf(await on.refresh(first.refresh));
      const third = pairOf(await on.refresh(second.refresh));
      assert.equal((await on.refresh(first.refresh))[1]['code'], reused);
      assert.equal((await on.refresh(third.refresh))[1]['code'], invalid);
    });

    it('do not end for what somebody makes up, who knows the family from an access token', async () => {
      const pair = await begun();
      const [, , root = '', secret = ''] = pair.refresh.split('.');
      const made = [
        `afr.${pair.id}.${chance(16)}.${chance(32)}`,
        `afr.${pair.id}.${chance(16)}.${secret}`,
        `afr.${chance(12)}.${root}.${secret}`,
        `${pair.refresh}x`,
        pair.refresh.slice(0, -1),
        pair.access,
        'afr...',
        'x',
      ];
      for (const text of made) {
        const [status, { code }] = await on.refresh(text);
        assert.deepEqual([status, code], [401, invalid], text);
      }
      pairOf(await on.refresh(pair.refresh));
    });

    it('prove nothing by themselves', async () => {
      const { refresh } = await begun();
      assert.equal(await on.refused(refresh), 'AF_ACCESS_NO_CREDENTIAL');
    });
  });
}
