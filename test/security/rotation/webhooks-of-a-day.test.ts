import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Accounts, ApiKeys, builtInRoles, TenantStorage } from '@agent-factory/sdk/contracts';
import { waitFor } from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';
import { Webhook } from 'standardwebhooks';
import { ClockedReceiver, type Told } from './clocked-receiver.ts';
import { Day } from './day.ts';
import { Instance, plugin } from './instance.ts';
import { bearer } from './person.ts';
import { SimulatedTime } from './simulated-time.ts';

const minute = 60_000;
const hourMs = 60 * minute;
const stepMs = 15 * minute;
const stepsOfAnHour = 4;
const overlapMs = 30 * minute;
/** The first of the pauses between attempts, as the plugin has them. */
const retryMs = [5_000, 5 * minute, 30 * minute, 2 * hourMs, 5 * hourMs, 10 * hourMs];
const secrets = [
  'the first secret that keys are encrypted with',
  'another one, since the first one was lost',
] as const;

/** A delivery that is to be tried. */
interface Pending {
  readonly runId: string;
  readonly nextAt: number;
}

/** A webhook of the platform, and who is told. */
interface Subscription {
  readonly id: string;
  readonly receiver: ClockedReceiver;
  /** Secrets that it had before, and since when they do not hold. */
  readonly former: { readonly secret: string; readonly since: number }[];
}

for (const [engine, open] of Object.entries(sqlEngines)) {
  describe(`a day of webhooks of two processes whose clocks are off, to receivers whose clocks are, on ${engine}`, function () {
    this.timeout(300_000);
    const time = new SimulatedTime();
    const receivers = (
      [
        ['early', 2],
        ['late', -2],
        ['away', 0],
      ] as const
    ).map(([name, minutes]) => new ClockedReceiver(time, name, minutes * minute));
    const [early, late, away] = receivers;
    let storage: FreshStorage | undefined;
    let dataDir = '';
    let instances: readonly Instance[] = [];
    before(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-webhooks-'));
      time.begin();
      storage = await time.follow(await open());
      for (const one of receivers) await one.start();
    });
    after(async () => {
      for (const one of instances) await one.stop();
      for (const one of receivers) one.stop();
      time.stop();
      await storage?.close();
      await rm(dataDir, { recursive: true, force: true });
    });

    it('loses nothing, sends nothing that is not believed, and nothing twice unless it was cut off', async () => {
      assert.ok(storage && early && late && away);
      const more = {
        plugins: [
          plugin('journal-sql'),
          plugin('jobs-local', { pollMs: 50 }),
          plugin('llm-scripted', { scripts: { guide: ['Yes.'] }, loop: true }),
          plugin('agent-runtime', {
            agents: [{ name: 'guide', instructions: 'Answer.', model: 'scripted/guide' }],
            agentsDir: join(dataDir, 'no-agents'),
          }),
          plugin('webhooks', {
            keySecret: '${secret:env:KEY_SECRET}',
            allowHttp: true,
            allowHosts: ['127.0.0.1'],
            lookMs: 1_000,
          }),
        ],
      };
      const ahead = new Instance(time, storage, dataDir, 2 * minute, more);
      const behind = new Instance(time, storage, dataDir, -2 * minute, more);
      instances = [ahead, behind];
      for (const one of instances) await one.start(secrets[0]);
      const day = new Day(time, [ahead, behind]);
      const admin = bearer(await ownersKey(ahead));
      const ask = async (
        on: Instance,
        method: string,
        path: string,
        body?: object,
      ): Promise<Record<string, never>> => {
        const answer = await on.call(method, `/api/v1${path}`, admin, body && { body });
        assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
        return JSON.parse(answer.text) as Record<string, never>; // as its schema says
      };

      const subscriptions: Subscription[] = [];
      for (const receiver of receivers) {
        const { webhook, secret } = await ask(ahead, 'POST', '/webhooks', {
          url: receiver.url,
          events: ['run.succeeded'],
        });
        receiver.secret = secret ?? '';
        subscriptions.push({ id: Object(webhook).id, receiver, former: [] });
      }
      const runs: string[] = [];
      /** Runs of which something was under way that was ended. */
      const cut = new Set<string>();
      const startRun = async (on: Instance): Promise<string> => {
        const { id = '' } = await ask(on, 'POST', '/runs?wait=true', { agent: 'guide', input: 'Hello' });
        runs.push(id);
        return id;
      };
      /** Everything that is due was tried, and what came of it is written down. */
      const settled = async (): Promise<void> => {
        for (const one of subscriptions)
          for (let tries = 1; ; tries += 1)
            try {
              const isTried = async (): Promise<boolean> => (await dueOf(one)).length === 0;
              await waitFor(`what is due for ${one.receiver.name} to be tried`, isTried, 5_000);
              break;
            } catch (error) {
              if (tries === 4) throw error;
              // A process was at it when time was moved, which ended its job: it is another's after a minute. Whether
              // it was received before nobody knows.
              for (const { runId } of await dueOf(one)) cut.add(runId);
              await time.move(minute);
            }
      };
      const dueOf = async ({ id }: Subscription): Promise<readonly Pending[]> => {
        const path = `/webhooks/${id}/deliveries?state=pending&limit=100`;
        const { deliveries } = await ask(day.on(0), 'GET', path);
        const pending = deliveries as unknown as readonly Pending[]; // as its schema says
        return pending.filter(({ nextAt }) => nextAt <= time.now());
      };
      const rotate = async (one: Subscription, on: Instance): Promise<string> => {
        const { secret = '' } = await ask(on, 'POST', `/webhooks/${one.id}/rotate`, { overlapMs });
        one.former.push({ secret: one.receiver.secret, since: time.now() + overlapMs });
        return secret;
      };
      /** Ends processes that are at nothing, and starts them anew. */
      const restart = async (which: readonly Instance[], secret: string): Promise<void> => {
        await settled();
        for (const one of which) await one.stop();
        for (const one of which) await one.start(secret);
      };
      const handed = new Map<Subscription, string>();
      let halfway = '';
      let [lookedAt, replays] = [0, 0];

      for (let step = 0; step < 24 * stepsOfAnHour; step += 1) {
        await time.move(stepMs);
        const hour = step / stepsOfAnHour;
        const on = day.on(step >> 1);
        if (hour === 2) away.isDown = true;
        if (hour === 11) away.isDown = false;
        // A secret is rotated; its operator takes the new one over a while later.
        for (const [one, secret] of handed) one.receiver.secret = secret;
        handed.clear();
        const next = subscriptions[(hour / 2) % subscriptions.length];
        if (hour % 2 === 0 && next) handed.set(next, await rotate(next, on));
        if (hour === 5) await restart([ahead], secrets[0]);
        if (hour === 9) await restart(instances, secrets[0]);
        // The secret that they are encrypted with is lost: until they are rotated nothing is signed, and nothing is lost.
        if (hour === 13) {
          await restart(instances, secrets[1]);
          await startRun(on);
          await settled();
          for (const one of subscriptions) one.receiver.secret = await rotate(one, on);
          handed.clear();
        }
        // They end while somebody takes their time to answer: whether it was received nobody knows.
        if (hour === 16) {
          await settled();
          const gate = Promise.withResolvers<void>();
          early.pause = gate.promise;
          halfway = await startRun(on);
          await waitFor('the request', () => early.came.some(({ runId }) => runId === halfway));
          cut.add(halfway);
          for (const one of instances) await one.stop();
          gate.resolve();
          early.pause = Promise.resolve();
          for (const one of instances) await one.start(secrets[1]);
          await time.move(minute); // what a process was at is another's after that
        }
        await startRun(on);
        await settled();

        // Somebody between kept what came, and sends it again hours later.
        for (const { receiver, former } of subscriptions) {
          const old = receiver.came[(step * 7) % receiver.came.length];
          if (old && time.now() - old.at > hourMs) {
            replays += 1;
            const all = [receiver.secret, ...former.map(({ secret }) => secret)];
            const believed = all.some((secret) => receiver.believes(old, secret));
            assert.ok(
              !believed,
              `${receiver.name} believes what is ${(time.now() - old.at) / minute} minutes old`,
            );
          }
          const last = receiver.came.at(-1);
          for (const { secret, since } of last ? former : [])
            if (last && since < last.at) {
              lookedAt += 1;
              assert.ok(!isSignedBy(secret, last), `${receiver.name}: signed by a secret that ended`);
            }
        }
      }

      for (const receiver of receivers) {
        assert.deepEqual(receiver.faults, []);
        const told = [...receiver.taken.values()];
        assert.deepEqual(
          runs.filter((id) => !told.some(([one]) => one?.runId === id)),
          [],
          `lost for ${receiver.name}`,
        );
        const twice = told.filter((all) => all.length > 1).map(([one]) => one?.runId ?? '');
        assert.deepEqual(
          twice.filter((id) => !cut.has(id)),
          [],
          `twice for ${receiver.name}`,
        );
        if (receiver === early) assert.ok(twice.includes(halfway), 'what was cut off is sent again');
        assert.equal(told.length, runs.length, 'each has one id');
        for (const all of told) assert.equal(new Set(all.map(({ body }) => body)).size, 1);
        for (const one of receiver.came) {
          const off = Number(one.headers['webhook-timestamp']) * 1000 - one.at;
          assert.ok(Math.abs(off) < minute, `signed as if ${off} ms later`);
        }
      }
      assert.ok(replays > 200 && lookedAt > 50, `${replays} replays, ${lookedAt} ended secrets`);
      const { id: webhook = '' } = subscriptions.find(({ receiver }) => receiver === away) ?? {};
      const attempts = new Map<string, readonly number[]>();
      for (const id of away.taken.keys()) {
        const { log } = await ask(behind, 'GET', `/webhooks/${webhook}/deliveries/${id}`);
        const times = log as unknown as { at: number }[]; // as its schema says
        attempts.set(
          id,
          times.map(({ at }) => at),
        );
      }
      checkPauses(attempts);
    });
  });
}

/** From one attempt to the next it is about as long as the schedule says, and never shorter. */
function checkPauses(attempts: ReadonlyMap<string, readonly number[]>): void {
  let most = 0;
  for (const [id, times] of attempts)
    for (let number = 1; number < times.length; number += 1) {
      const pause = (times[number] ?? 0) - (times[number - 1] ?? 0);
      const wanted = retryMs[number - 1] ?? assert.fail(`${id} was tried ${times.length} times`);
      most = Math.max(most, number);
      assert.ok(pause >= wanted * 0.9 - 1_000, `${id}: ${pause} ms after attempt ${number}`);
      assert.ok(pause <= wanted * 1.1 + stepMs + 5 * minute, `${id}: ${pause} ms after attempt ${number}`);
    }
  assert.equal(most, retryMs.length, 'pauses of each length');
}

/** Whether one of its signatures is by a secret, whatever time it is. */
function isSignedBy(secret: string, { id, headers, body }: Told): boolean {
  const at = new Date(Number(headers['webhook-timestamp']) * 1000);
  const signature = new Webhook(secret).sign(id, at, body);
  return (headers['webhook-signature'] ?? '').split(' ').includes(signature);
}

/** A key of somebody who may do all, of a tenant. */
async function ownersKey({ kernel }: Instance): Promise<string> {
  await kernel.use(TenantStorage).create('acme');
  const { id } = await kernel.use(Accounts).create({ kind: 'service', name: 'owner' });
  await kernel.use(Accounts).setMember('acme', id, { roles: Object.keys(builtInRoles) });
  return (await kernel.use(ApiKeys).tenant('acme').create({ account: id, name: 'owner', by: id })).secret;
}
