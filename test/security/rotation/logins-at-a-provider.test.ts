import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TenantStorage } from '@agent-factory/sdk/contracts';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';
import {
  client,
  signingKey,
  startOpenIdServer,
  type OpenIdServer,
  type SigningKey,
} from '@agent-factory/test-servers/openid';
import { Day } from './day.ts';
import { Instance, plugin } from './instance.ts';
import { SimulatedTime } from './simulated-time.ts';
import { providerId, publicUrl, Visitor, type Attempt } from './visitor.ts';

const minute = 60_000;
const stepMs = 15 * minute;
const stepsOfAnHour = 4;
const keySecret = 'a secret that keys are encrypted with';

/** Why logins are refused that day. */
const reasons: readonly string[] = [
  'a login that took too long',
  'a login that was ended before',
  'a login of another browser',
  'a token signed by a key that was lost',
  'a token signed by a key that was retired',
  'a token signed by a key that was never published',
  'a token that was over for longer than clocks are off',
];

for (const [engine, open] of Object.entries(sqlEngines)) {
  describe(`a day of logins at a provider whose clock is off, at two processes whose clocks are, on ${engine}`, function () {
    this.timeout(300_000);
    const time = new SimulatedTime();
    const serversClock = { ms: 2 * minute };
    let storage: FreshStorage | undefined;
    let dataDir = '';
    let server: OpenIdServer | undefined;
    let instances: readonly Instance[] = [];
    before(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-logins-'));
      time.begin();
      storage = await time.follow(await open());
      server = await time.as(serversClock, () => startOpenIdServer(publicUrl, [providerId]));
    });
    after(async () => {
      for (const one of instances) await one.stop();
      await server?.close();
      time.stop();
      await storage?.close();
      await rm(dataDir, { recursive: true, force: true });
    });

    it('locks nobody out and lets nobody in, while the provider rotates, retires and loses its keys', async () => {
      assert.ok(storage && server);
      const openid = server;
      const clientSecret = '${secret:env:CLIENT_SECRET}';
      const joins = { domains: ['acme.example'], tenant: 'acme', roles: ['viewer'] };
      const provider = { id: providerId, issuer: openid.issuer, clientId: client.id, clientSecret };
      const providers = [{ ...provider, trustEmail: true, join: joins }];
      const more = {
        plugins: [plugin('auth-oidc', { publicUrl, providers })],
        env: { CLIENT_SECRET: client.secret },
      };
      const ahead = new Instance(time, storage, dataDir, 2 * minute, more);
      const behind = new Instance(time, storage, dataDir, -2 * minute, more);
      instances = [ahead, behind];
      for (const one of instances) await one.start(keySecret);
      await ahead.kernel.use(TenantStorage).create('acme');
      const day = new Day(time, [ahead, behind]);
      const visitors = ['ann', 'bob', 'cid'].map((name) => new Visitor(day, openid, name));
      const ann = visitors[0] ?? assert.fail();
      const eve = new Visitor(day, openid, 'eve');

      let current: SigningKey = signingKey();
      let former = current;
      openid.useKeys(current);
      /** Somebody has a key that is not published, and answers in the provider's place. */
      const forged = async (why: string, key: SigningKey, step: number): Promise<void> => {
        openid.useKeys(key, [current]);
        await eve.isRefused(why, day.on(step), day.on(step + 1));
        openid.useKeys(current);
      };
      const restart = async (one: Instance): Promise<void> => {
        await one.stop();
        await one.start(keySecret);
      };
      /** The provider's tokens hold for a minute, as seen from a process whose clock is so far ahead of its own. */
      const shortLived = async (on: Instance, aheadMs: number, isOver: boolean): Promise<void> => {
        const was = serversClock.ms;
        serversClock.ms = on.off.ms - aheadMs;
        openid.idTokenSeconds = 60;
        if (isOver) await eve.isRefused('a token that was over for longer than clocks are off', on, on);
        else await ann.login(on, on);
        openid.idTokenSeconds = 600;
        serversClock.ms = was;
      };

      let slow: Attempt | undefined;
      for (let step = 0; step < 24 * stepsOfAnHour; step += 1) {
        await time.move(stepMs);
        const hour = step / stepsOfAnHour;
        const one = day.on(step >> 1);
        const other = day.on((step >> 1) + 1);
        // Every six hours it has another key: announced, used, and the one before no longer published.
        if (hour % 6 === 2) {
          former = current;
          const next = signingKey();
          openid.useKeys(current, [current, next]);
          await ann.login(one, other);
          current = next;
          openid.useKeys(current, [current, former]);
        }
        if (hour % 6 === 3) openid.useKeys(current);
        if (hour % 6 === 3.5) await forged('a token signed by a key that was retired', former, step);
        if (hour % 6 === 4)
          await forged('a token signed by a key that was never published', signingKey(), step);
        if (hour === 10 || hour === 19) {
          former = current;
          current = signingKey();
          openid.useKeys(current);
          // Who has looked for keys just now does so again after a minute.
          await time.move(minute);
        }
        if (hour === 10.5 || hour === 19.5)
          await forged('a token signed by a key that was lost', former, step);
        if (hour === 12) serversClock.ms = -2 * minute;
        if (hour === 5 || hour === 17)
          for (const on of [ahead, behind]) {
            await shortLived(on, 2 * minute, false);
            await shortLived(on, 4 * minute, true);
          }
        if (hour === 7 || hour === 15) {
          const begun = await ann.attempt(ahead);
          await restart(hour === 7 ? ahead : behind);
          await ann.arrive(begun, behind);
          day.tally.keptOut('a login that was ended before', await eve.end(begun, ahead));
        }
        if (hour % 6 === 5) await ann.login(behind, ahead, () => time.move(9 * minute));
        if (hour % 6 === 1) slow = await eve.attempt(one);
        if (hour % 6 === 1.25 && slow)
          day.tally.keptOut('a login that took too long', await eve.end(slow, other));
        if (hour % 6 === 1.5) {
          const { back } = await ann.attempt(one);
          const { cookie } = await eve.attempt(one);
          day.tally.keptOut('a login of another browser', await eve.end({ back, cookie }, other));
        }
        if (Number.isInteger(hour)) for (const visitor of visitors) await visitor.login(one, other);
        else for (const visitor of visitors) await visitor.look(other);
      }

      const { legitimate, refused, faults } = day.tally;
      assert.deepEqual(faults.slice(0, 6), [], `${faults.length} in all`);
      assert.ok(legitimate > 24 * stepsOfAnHour * visitors.length, `${legitimate} calls were let in`);
      assert.deepEqual([...refused.keys()].sort(), reasons.toSorted());
      for (const [why, count] of refused) assert.ok(count >= 2, why);
    });
  });
}
