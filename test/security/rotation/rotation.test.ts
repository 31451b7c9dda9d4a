import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Accounts, ApiKeys, builtInRoles, Storage, TenantStorage } from '@agent-factory/sdk/contracts';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';
import type { Credential } from '../matrix/matrix-platform.ts';
import { Day } from './day.ts';
import { forge } from './forge.ts';
import { Instance } from './instance.ts';
import { bearer, lookWith, Person } from './person.ts';
import { Program } from './program.ts';
import { SimulatedTime } from './simulated-time.ts';

const minute = 60_000;
const stepMs = 15 * minute;
const steps = (24 * 60 * minute) / stepMs;
const peopleCount = 20;
const programCount = 5;
const secrets = [
  'the first secret that keys are encrypted with',
  'another one, since the first one was lost',
] as const;

/** Why calls are refused that day. */
const reasons: readonly string[] = [
  'a key that was revoked',
  'a key that was rotated out',
  'a refresh token of a key that was rotated out',
  'a refresh token of a session that is over',
  'a refresh token of a session that nobody used',
  'a refresh token that was used before',
  'a session that is over',
  'a session that nobody used',
  'a token signed by a stranger',
  'a token that was made longer',
  'a token whose key was dropped',
  'a token whose key was lost',
  'a token with a signature that is off',
  'a token without a signature',
  'an access token of a key that was rotated out',
  'an access token of a session that is over',
  'an access token of a session that nobody used',
  'an access token that is over',
  'somebody left',
  'somebody logged out',
  'somebody was disabled',
  'tokens that were ended',
  'what came of a stolen refresh token',
];

/** A platform of two processes, and those who use it. */
interface World {
  readonly day: Day;
  readonly ahead: Instance;
  readonly behind: Instance;
  /** May do all. */
  readonly admin: Credential;
  readonly people: Person[];
  readonly accounts: readonly string[];
  readonly programs: readonly Program[];
}

for (const [engine, open] of Object.entries(sqlEngines)) {
  describe(`a day of credentials at two processes whose clocks are off by two minutes, on ${engine}`, function () {
    this.timeout(300_000);
    const time = new SimulatedTime();
    let storage: FreshStorage | undefined;
    let dataDir = '';
    let world: World;
    before(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-rotation-'));
      time.begin();
      storage = await time.follow(await open());
      world = await populate(time, storage, dataDir);
    });
    after(async () => {
      await world?.ahead.stop();
      await world?.behind.stop();
      time.stop();
      await storage?.close();
      await rm(dataDir, { recursive: true, force: true });
    });

    it('locks nobody out and lets nobody in, with keys rotated, dropped and lost, and with restarts', async () => {
      const { day, people, programs } = world;
      const events = eventsOf(world);
      for (let step = 0; step < steps; step += 1) {
        await day.time.move(stepMs);
        await events.get(step)?.();
        await Promise.all([...people, ...programs].map((one) => one.turn()));
        await tryForged(day, people, step);
        await day.tryTheDead();
      }
      const { legitimate, refused, faults } = day.tally;
      assert.deepEqual(faults.slice(0, 6), [], `${faults.length} in all`);
      // Each uses an access token in each step, and gets the next with a refresh token in each other one.
      assert.ok(legitimate > steps * (peopleCount - 2) * 1.5, `${legitimate} calls were let in`);
      assert.deepEqual([...refused.keys()].sort(), reasons.toSorted());
      for (const [why, count] of refused) assert.ok(count >= 2, why);
      const sum = [...refused.values()].reduce((all, count) => all + count);
      assert.ok(sum > 1500, `${sum} calls were refused`);
    });

    it('leaves an audit log that is whole, though its entries were written by either clock', async () => {
      for (const path of ['/api/v1/audit/verify', '/api/v1/platform/audit/verify']) {
        const { status, text } = await world.ahead.call('GET', path, world.admin);
        assert.equal(status, 200, text);
        const { whole, entries } = JSON.parse(text) as { whole: boolean; entries: number }; // as its schema says
        assert.ok(whole && entries > 100, text);
      }
    });
  });
}

/** Tenants, people who log in, and programs with keys. */
async function populate(time: SimulatedTime, storage: FreshStorage, dataDir: string): Promise<World> {
  const ahead = new Instance(time, storage, dataDir, 2 * minute);
  const behind = new Instance(time, storage, dataDir, -2 * minute);
  await ahead.start(secrets[0]);
  await behind.start(secrets[0]);
  const { kernel } = ahead;
  const [accounts, keys] = [kernel.use(Accounts), kernel.use(ApiKeys).tenant('acme')];
  await kernel.use(TenantStorage).create('acme');
  const day = new Day(time, [ahead, behind]);
  const person = async (name: string, roles: readonly string[]): Promise<string> => {
    const email = `${name}@acme.example`;
    const { id } = await accounts.create({ kind: 'user', name, email });
    await accounts.setMember('acme', id, { roles });
    return id;
  };
  const owner = await person('owner', Object.keys(builtInRoles));
  const { secret } = await keys.create({ account: owner, name: 'owner', by: owner });
  const admin = bearer(secret);
  const ids: string[] = [];
  const people: Person[] = [];
  for (let number = 0; number < peopleCount; number += 1) {
    const name = `person-${number}`;
    const id = await person(name, ['viewer']);
    const on = day.on(number);
    const invited = await on.call('POST', `/api/v1/members/${id}/invitation`, admin);
    const token = (JSON.parse(invited.text) as { readonly url: string }).url.split('#')[1]; // as its schema says
    const one = new Person(day, `${name}@acme.example`, number);
    const body = { token, password: one.password };
    await one.begin(await on.call('POST', '/api/v1/auth/accept', undefined, { body }), on);
    ids.push(id);
    people.push(one);
  }
  const programs: Program[] = [];
  for (let number = 0; number < programCount; number += 1) {
    const name = `program-${number}`;
    const { id } = await accounts.create({ kind: 'service', name });
    await accounts.setMember('acme', id, { roles: ['service'] });
    const { key, secret: text } = await keys.create({ account: id, name, by: owner });
    programs.push(new Program(day, name, admin, { id: key.id, secret: text }));
  }
  return { day, ahead, behind, admin, people, accounts: ids, programs };
}

/** What happens besides, by the step it happens at. */
function eventsOf(world: World): ReadonlyMap<number, () => Promise<void>> {
  const { day, ahead, behind, admin, people, accounts, programs } = world;
  const events = new Map<number, () => Promise<void>>();
  const at = (hours: number, event: () => Promise<void>): void => {
    const step = Math.round((hours * 60 * minute) / stepMs);
    const earlier = events.get(step);
    events.set(step, async () => {
      await earlier?.();
      await event();
    });
  };
  const person = (number: number): Person => people[number] ?? assert.fail(`there is no person ${number}`);
  const turns = async (): Promise<void> => {
    await Promise.all([...people, ...programs].map((one) => one.turn()));
  };
  const lost = async (why: string, on: Instance): Promise<void> => {
    await Promise.all(people.map((one) => one.lostSignature(why, on)));
  };

  for (let hour = 1; hour < 24; hour += 1) {
    at(hour, () => day.on(hour).sweep());
    at(hour + 0.25, async () => {
      await person(hour % 10).isRobbed(day.on(hour));
    });
    at(hour + 0.5, () => programs[hour % programCount]?.rotate(day.on(hour)) ?? Promise.resolve());
  }
  for (const [hours, one, secret] of [
    [5, ahead, secrets[0]],
    [7, behind, secrets[0]],
    // The secret is lost. For a while they do not have the same, and their clocks change places.
    [12, ahead, secrets[1]],
    [12.5, behind, secrets[1]],
  ] as const)
    at(hours, async () => {
      await one.stop();
      if (secret === secrets[1]) one.off.ms = -one.off.ms;
      await turns();
      await one.start(secret);
    });
  at(6, async () => {
    const path = '/api/v1/auth/signing-keys/rotate';
    day.tally.letIn('an administrator who rotates', await behind.call('POST', path, admin, { body: {} }));
  });
  at(9, async () => {
    const path = '/api/v1/auth/signing-keys/rotate';
    day.tally.letIn('an administrator', await ahead.call('POST', path, admin, { body: { drop: true } }));
    await lost('a token whose key was dropped', ahead);
  });
  at(15, async () => {
    await ahead.stop();
    await behind.kernel.use(Storage).execute('DELETE FROM af_auth_jwt_signing_keys');
    await behind.stop();
    await ahead.start(secrets[1]);
    await behind.start(secrets[1]);
    await lost('a token whose key was lost', behind);
  });
  at(8, () => person(1).logout(behind));
  at(11, () => person(3).endTokens(ahead));
  at(10, async () => void (asleep = people.splice(17, 1)[0]));
  let asleep: Person | undefined;
  at(13, async () => {
    asleep?.wasAway();
    if (asleep) people.splice(17, 0, asleep);
  });
  at(17, () => programs[4]?.isRevoked(ahead) ?? Promise.resolve());
  at(18, async () => {
    const [left, disabled] = [people.pop(), people.pop()];
    const leave = await ahead.call('DELETE', `/api/v1/members/${accounts.at(-1)}`, admin);
    day.tally.letIn('an administrator who removes a member', leave);
    await left?.isOut('somebody left', ahead);
    const body = { disabled: true };
    const off = await behind.call('PUT', `/api/v1/accounts/${accounts.at(-2)}/disabled`, admin, { body });
    day.tally.letIn('an administrator who disables an account', off);
    await disabled?.isOut('somebody was disabled', behind);
  });
  // A clock is set right while its process runs.
  at(20, async () => void (behind.off.ms = 0));
  at(21, async () => void (ahead.off.ms = 3 * minute));
  return events;
}

/** What is forged from a token that holds is refused, and the token goes on. */
async function tryForged(day: Day, people: readonly Person[], step: number): Promise<void> {
  const token = people[step % people.length]?.tokens?.access;
  if (token === undefined) return;
  const all = [...forge(token)];
  const [why, text] = all[step % all.length] ?? assert.fail('nothing is forged');
  day.tally.keptOut(why, await lookWith(bearer(text))(day.on(step >> 2)));
}
