import assert from 'node:assert/strict';
import { longestLife } from '../src/protocol/mint-token.ts';
import { openTestRegistry, type Answer, type TestRegistry } from './support/open-test-registry.ts';

const hour = 3_600_000;
const password = 'correct horse battery';
const publishes = { packages_and_scopes_permission: 'read-write' };
const stages = { packages_and_scopes_permission: 'read-write-stage-only' };
const reads = { packages_and_scopes_permission: 'read-only' };

describe('how long a token lives', function () {
  this.timeout(60_000);
  let registry: TestRegistry;
  let ann: string;
  before(async () => {
    registry = await openTestRegistry();
    ann = await registry.account('ann');
  });
  after(() => registry.close());

  const create = (asked: object): Promise<Answer> =>
    registry.ask('POST', '/-/npm/v1/tokens', { token: ann, body: { password, name: 'made', ...asked } });
  const made = async (): Promise<number> =>
    (await registry.ask('GET', '/-/npm/v1/tokens', { token: ann })).json.total;

  /** Asks for a life that is refused, and sees that no token came of it. */
  async function refused(asked: object, days: number): Promise<void> {
    const before = await made();
    const { status, json } = await create(asked);
    const told = JSON.stringify(asked);
    assert.deepEqual([status, json.code], [400, 'AF_REGISTRY_TOKEN_RIGHTS'], told);
    assert.match(json.detail, new RegExp(`it may live for 1 to ${days} days`), told);
    assert.equal(json.token, undefined);
    assert.equal(await made(), before, told);
  }

  for (const [what, rights, days] of [
    ['publishes', publishes, 7],
    ['stages', stages, 7],
    ['reads', reads, 90],
    ['says nothing of rights', {}, 90],
    ['is not to read only, in the way of older clients', { readonly: false }, 7],
  ] as const) {
    it(`one that ${what} is made for ${days} days and not for one more`, async () => {
      const longest = await create({ ...rights, expires: days });
      assert.equal(longest.status, 201, longest.text);
      const lives = Date.parse(longest.json.expires) - Date.parse(longest.json.created);
      assert.equal(lives, days * 24 * hour);
      for (const more of [days + 1, Number.MAX_SAFE_INTEGER])
        await refused({ ...rights, expires: more }, days);
    });

    it(`one that ${what} and asks for no time lives ${days} days`, async () => {
      const { json } = await create(rights);
      assert.equal(Date.parse(json.expires) - Date.parse(json.created), days * 24 * hour);
    });
  }

  it('is a whole number of days, and one at least', async () => {
    assert.equal((await create({ ...publishes, expires: 1 })).status, 201);
    for (const expires of [0, -1, -7, 0.5, 1.5, 6.999]) await refused({ ...publishes, expires }, 7);
  });

  it('is a number, not what a lenient reader takes for one', async () => {
    const wrong = ['', ' ', 'x', '7', '0x7', '1e0', 'Infinity', true, false, [], [7], ['7'], {}, { days: 7 }];
    for (const expires of wrong) await refused({ ...publishes, expires }, 7);
    // Parsers read a number that is too large as infinite.
    const body = `{"password":"${password}","packages_and_scopes_permission":"read-write","expires":1e999}`;
    const { status, json } = await registry.ask('POST', '/-/npm/v1/tokens', { token: ann, body });
    assert.deepEqual([status, json.code], [400, 'AF_REGISTRY_TOKEN_RIGHTS']);
  });

  it('is what the documentation says', async () => {
    assert.deepEqual(longestLife, { publish: 7 * 24, read: 90 * 24 });
    const { json } = await create({ ...publishes, expires: 8 });
    assert.match(json.fix, /90 days, 7 for one that publishes/);
  });

  it('ends when it was said to, to the second', async () => {
    const { json } = await create({ ...publishes, expires: 7 });
    const who = (): Promise<Answer> => registry.ask('GET', '/-/whoami', { token: json.token });
    registry.pass(7 * 24 * hour - 1000);
    assert.equal((await who()).json.username, 'ann');
    registry.pass(1000);
    const late = await who();
    assert.deepEqual([late.status, late.json.code], [401, 'AF_REGISTRY_TOKEN_REFUSED']);
  });
});
