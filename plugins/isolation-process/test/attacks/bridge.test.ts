import assert from 'node:assert/strict';
import { lineOf, messageKinds } from '@agent-factory/sdk/bridge';
import { frameKinds } from '../../src/frames.ts';
import { besiege, type Besieged, type SiegeOptions } from './hostile.ts';
import { atEveryLevel, atTheWeakest, type Siege } from './sieges.ts';

type Failure = Error & { code?: string };

const open: Besieged[] = [];

async function siege({ level, mode }: Siege, options: SiegeOptions = {}): Promise<Besieged> {
  const besieged = await besiege(level, mode, options);
  open.push(besieged);
  return besieged;
}

/** What is written into the pipe past the bridge, and what the platform says of it. */
const lies: Readonly<Record<string, readonly [text: string, reason: RegExp, times?: number]>> = {
  'a line without end': ['1', /it sent a message of more than 65536 bytes/, 100_000],
  'a line that is no message': ['what is this?\n', /it sent what cannot be read/],
  'a number without end': [`2 ${'9'.repeat(400)} 0 \n`, /it sent what cannot be read/],
  'an answer that nobody asked for': [
    lineOf(messageKinds.value, 4711, 0, '"stolen"'),
    /it answered call 4711, which was not asked/,
  ],
  'a call of what was not lent': [
    lineOf(messageKinds.call, 7, 4711, '[]'),
    /it called function 4711, which was not lent/,
  ],
  'a piece of a stream that nobody reads': [
    lineOf(messageKinds.item, 4711, 0, '1'),
    /it sent a piece of stream 4711, which nobody reads/,
  ],
  'a kind there is none of': [lineOf(19, 1, 0, ''), /it sent a message of kind 19/],
  'a second beginning': [lineOf(frameKinds.ready, 0, 0, ''), /it said twice that it is ready/],
};

describe('what a hostile plugin says to the platform', () => {
  afterEach(async () => {
    for (const { kernel } of open.splice(0)) await kernel.close();
  });

  atEveryLevel((at) => {
    if (!at.raw) return;
    // Each ends the process, so that each needs one of its own; two stand for the rest above the weakest level.
    const named = Object.entries(lies).slice(0, at.level === 'L1' ? undefined : 2);
    for (const [name, [text, reason, times = 1]] of named)
      it(`is not believed: ${name}`, async () => {
        const besieged = await siege(at, { good: true, config: { maxMessageBytes: 65_536 } });
        const failure = await besieged.attack('frames', { text, times }).then(
          () =>
            besieged.attack('stack').then(
              () => assert.fail('it went on'),
              (error: Failure) => error,
            ),
          (error: Failure) => error,
        );
        assert.match(failure.code ?? '', /^AF_ISOLATION_(CRASHED|RESTARTING)$/);
        assert.match(failure.message, reason);
        assert.deepEqual((await besieged.good({ after: name })).given, { after: name });
        assert.equal((await besieged.state('good')).crashes, 0);
      });
  });

  atTheWeakest((at) => {
    for (const [kind, expected] of Object.entries({
      proto: /named __proto__/,
      surrogate: /half of a character/,
      deep: /nested/,
      large: /^AF_ISOLATION_TOO_LARGE/,
    }))
      it(`does no harm as an answer: ${kind}`, async () => {
        const besieged = await siege(at);
        const failure = await besieged.attack('value', { kind }).then(
          () => assert.fail('it was taken'),
          (error: Failure) => error,
        );
        assert.match(`${failure.code}: ${failure.message}`, expected);
        assert.equal(({} as { polluted?: string }).polluted, undefined);
      });

    it('is JSON as an answer, whatever else was in it', async () => {
      const besieged = await siege(at);
      assert.deepEqual(await besieged.attack('value', { kind: 'numbers' }), [null, null]);
      await assert.rejects(besieged.attack('value', { kind: 'big' }), /BigInt/);
    });

    it('is an error of the platform where it throws, with nothing of its own in it', async () => {
      const besieged = await siege(at);
      const kinds = ['proxy', 'aggregate', 'getter', 'thenable', 'symbol', 'fake', 'species', 'number'];
      for (const kind of kinds) {
        const failure = await besieged.attack('errors', { kind }).then(
          () => assert.fail(`${kind} was taken`),
          (error: Failure & { details?: object; fix?: unknown; status?: number }) => error,
        );
        assert.ok(failure instanceof Error, kind);
        assert.ok(
          Object.values(failure).every((part) => typeof part !== 'function'),
          kind,
        );
        assert.equal(typeof failure.message, 'string');
        assert.ok(failure.message.length < 20_000, `${kind}: its text is bounded`);
        assert.ok(!failure.message.includes(process.cwd()), kind);
        assert.equal(({} as { x?: number }).x, undefined);
      }
      assert.equal((await besieged.attack('stack')).tried, 1);
    });
  });
});
