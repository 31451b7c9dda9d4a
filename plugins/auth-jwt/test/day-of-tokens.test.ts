import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import {
  Accounts,
  createKeptValues,
  createSealedText,
  Storage,
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import { bootTestKernel, rejectsWith, silentLog, type TestKernel } from '@agent-factory/sdk/testing';
import { createAccessTokens, type AccessTokens } from '../src/access-tokens.ts';
import { createSigningKeys, type SigningKeys } from '../src/signing-keys.ts';
import { createTokenFamilies, type TokenFamilies } from '../src/token-families.ts';

const plugins = join(dirname(import.meta.dirname), '..');
const minute = 60_000;
const hour = 60 * minute;
const config = {
  issuer: 'https://factory.example',
  audience: 'agent-factory',
  accessMs: 5 * minute,
  rotateMs: 2 * hour,
  refreshIdleMs: 12 * hour,
  retryMs: 10_000,
};
/** One process, whose clock is off by so much. */
interface Process {
  readonly keys: SigningKeys;
  readonly tokens: AccessTokens;
  readonly families: TokenFamilies;
}

describe('a day of tokens, in two processes whose clocks are two minutes off', () => {
  let kernel: TestKernel;
  let account: string;
  let membership: string;
  /** What time it is really, and by the database. */
  let time = Date.UTC(2026, 0, 1);
  before(async function () {
    this.timeout(60_000);
    kernel = await bootTestKernel({
      plugins: [
        join(plugins, 'storage-sqlite'),
        join(plugins, 'accounts-sql'),
        join(plugins, 'auth-api-key'),
        { use: join(plugins, 'auth-jwt'), config: { keySecret: 'only its tables are used in this file' } },
        { use: join(plugins, 'http-api'), config: { port: 0 } },
      ],
    });
    await kernel.use(TenantStorage).create('acme');
    const accounts = kernel.use(Accounts);
    account = (await accounts.create({ kind: 'user', name: 'Ann', email: 'ann@example.com' })).id;
    await accounts.setMember('acme', account, { roles: ['viewer'] });
    membership = (await accounts.rights(account, 'acme'))?.membership ?? '';
  });
  after(() => kernel?.close());

  /** Nothing is carried over from a process before: each call is a start. */
  const start = (offMs: number, secret: string, keepMs = 0): Process => {
    const storage = kernel.use(Storage);
    const clock = { now: async () => time + offMs, shared: async () => time };
    const heard = { channel: 'none', keepMs, signals: undefined, log: silentLog };
    const sealed = createSealedText(secret, 'test');
    const keys = createSigningKeys({
      storage,
      kept: createKeptValues(heard),
      sealed,
      clock,
      config,
      log: silentLog,
    });
    return {
      keys,
      tokens: createAccessTokens({ keys, clock, config }),
      families: createTokenFamilies({
        storage,
        accounts: kernel.use(Accounts),
        sources: [{ scheme: 'test', holds: async () => true }],
        kept: createKeptValues(heard),
        clock,
        config,
        log: silentLog,
      }),
    };
  };

  it('locks nobody out and lets nobody in, with keys changed and lost, and with restarts', async function () {
    this.timeout(60_000);
    const secrets = [
      'the first secret, of enough characters',
      'another one, since the first was lost',
    ] as const;
    let [ahead, behind] = [start(2 * minute, secrets[0]), start(-2 * minute, secrets[0])];
    const wish = { tenant: 'acme', account, membership, name: '', scopes: null } as const;
    const made = { made_with: 'test', made_with_id: 'x', made_with_until: null } as const;
    let { row, refresh } = await ahead.families.begin({ ...wish, ...made });
    const kids = new Set<string>();
    const stale: { readonly token: string; readonly endsAt: number }[] = [];
    const holds = async (token: string): Promise<void> => {
      for (const process of [ahead, behind])
        assert.equal((await process.tokens.read(token))?.family, row.id, `at ${(time / hour) % 24} o’clock`);
    };

    for (let step = 0; step < (24 * hour) / (3 * minute); step += 1) {
      const signer = step % 2 === 0 ? ahead : behind;
      ({ row, refresh } = await signer.families.refresh(refresh));
      const { token } = await signer.tokens.sign({ account, tenant: 'acme', family: row.id });
      kids.add(
        String(Object(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())).kid),
      );
      // What signs was shown before, to those who keep the list for five minutes.
      await holds(token);
      stale.push({ token, endsAt: time + config.accessMs });
      time += minute / 2;
      await holds(token); // less than what is left by the clock that is ahead
      time += 2.5 * minute;
      // What is over by any clock gets in nowhere, though its key may still be known.
      const over = stale.filter(({ endsAt }) => endsAt + 2 * minute < time).slice(-2);
      for (const { token: past } of over)
        for (const process of [ahead, behind])
          await rejectsWith(process.tokens.read(past), 'AF_ACCESS_CREDENTIAL_INVALID');
      if (step % 160 === 80) await ahead.keys.sweep();
      if (step === 120) ahead = start(2 * minute, secrets[0]); // one of them is started anew
      if (step === 240) [ahead, behind] = [start(2 * minute, secrets[1]), start(-2 * minute, secrets[1])]; // key lost
      if (step === 360) [ahead, behind] = [behind, start(2 * minute, secrets[0])]; // for a while not all have the same
      if (step === 400) behind = start(-2 * minute, secrets[1]);
    }
    assert.ok(kids.size >= 12, `${kids.size} keys signed`);
    await ahead.keys.sweep();
    const left = await ahead.keys.published();
    assert.ok(left.length <= 4, `${left.length} keys are left`);
  });

  it('begins with the next key where the last ends, which is shown long before', async () => {
    const secret = 'the secret of this test, long enough';
    const process = start(0, secret);
    const { kid } = await process.keys.current();
    let shownAt: number | undefined;
    for (let passed = 0; passed <= config.rotateMs; passed += minute) {
      const next = (await process.keys.current()).kid;
      const shown = (await process.keys.published()).map((key) => String(key.kid));
      if (shown.length > 0 && next === kid && shown.at(-1) !== kid) shownAt ??= time;
      if (next !== kid) {
        assert.ok(shownAt !== undefined && time - shownAt >= 10 * minute);
        assert.ok(shown.includes(kid)); // what it signed still holds
        return;
      }
      time += minute;
    }
    assert.fail('no other key ever signed');
  });

  it('does not ask the database for each key that somebody makes up, but soon knows a new one', async () => {
    const secret = 'the secret of this test, long enough';
    const [one, other] = [start(0, secret, minute), start(0, secret)];
    await one.keys.current();
    assert.equal(await one.keys.find('made-up'), undefined);
    const kid = await other.keys.rotate({ drop: false });
    assert.equal(await one.keys.find(kid), undefined); // it was asked at this very moment
    time += 1000;
    assert.ok(await one.keys.find(kid));
    await one.keys.rotate({ drop: true });
    assert.equal(await one.keys.find(kid), undefined); // nothing that was dropped is left
  });
});
