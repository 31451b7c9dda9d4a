import assert from 'node:assert/strict';
import { TaskState, type StreamResponse } from '@a2a-js/sdk';
import { TaskNotFoundError, UnsupportedOperationError } from '@a2a-js/sdk/errors';
import { AgentRuntime } from '@agent-factory/sdk/contracts';
import { waitFor } from '@agent-factory/sdk/testing';
import { answerIn, bootA2a, message, sending, textIn, type A2aPlatform } from './support/a2a-platform.ts';

const named = (id: string) => ({ tenant: '', id, metadata: undefined });

/** What a client knows that puts the events of a stream together. */
class Seen {
  id = '';
  contextId = '';
  answer = '';
  data: unknown;
  /** One after another, without the same twice. */
  readonly states: string[] = [];
  readonly kinds: string[] = [];
  readonly said: string[] = [];

  take({ payload }: StreamResponse): void {
    assert.ok(payload);
    this.kinds.push(payload.$case);
    if (payload.$case === 'task') {
      ({ id: this.id, contextId: this.contextId } = payload.value);
      this.answer = answerIn(payload.value);
      this.#state(payload.value.status?.state);
    } else if (payload.$case === 'statusUpdate') {
      assert.deepEqual([payload.value.taskId, payload.value.contextId], [this.id, this.contextId]);
      this.said.push(textIn(payload.value.status?.message?.parts ?? []));
      this.#state(payload.value.status?.state);
    } else if (payload.$case === 'artifactUpdate') {
      const { artifact, append } = payload.value;
      const [part] = artifact?.parts ?? [];
      if (part?.content?.$case === 'data') this.data = part.content.value;
      this.answer = (append ? this.answer : '') + textIn(artifact?.parts ?? []);
    }
  }

  #state(state: TaskState | undefined): void {
    const name = TaskState[state ?? TaskState.UNRECOGNIZED] ?? '';
    if (this.states.at(-1) !== name) this.states.push(name);
  }
}

async function all(stream: AsyncIterable<StreamResponse>, seen: Seen = new Seen()): Promise<Seen> {
  for await (const event of stream) seen.take(event);
  return seen;
}

describe('streams of the Agent2Agent protocol', function () {
  this.timeout(60_000);
  let platform: A2aPlatform;
  let key: string;
  let person: string;

  before(async () => {
    platform = await bootA2a();
    key = await platform.keyOf('acme', 'service');
    person = await platform.keyOf('acme', 'operator');
  });
  after(() => platform?.kernel.close());

  it('tell a task, its answer as it is written, and its end', async () => {
    const client = await platform.clientOf('guide', key);
    const seen = await all(client.sendMessageStream(sending(message('a long story of words'))));
    assert.equal(seen.answer, 'You said: a long story of words');
    assert.equal(seen.kinds[0], 'task');
    assert.ok(seen.kinds.includes('artifactUpdate'), seen.kinds.join());
    assert.deepEqual([seen.kinds.at(-1), seen.states.at(-1)], ['statusUpdate', 'TASK_STATE_COMPLETED']);
    assert.equal(answerIn(await client.getTask(named(seen.id))), seen.answer);
  });

  it('give the last words of an agent that speaks, uses a tool and speaks again', async () => {
    const client = await platform.clientOf('holds', key);
    platform.release();
    const seen = await all(client.sendMessageStream(sending(message('Go'))));
    assert.equal(seen.answer, 'Held: let go');
    assert.ok(seen.said.includes('Calls the tool hold.'));
  });

  it('give data whole, and tell what failed', async () => {
    const shaped = await all(
      (await platform.clientOf('shaped', key)).sendMessageStream(sending(message('How?'))),
    );
    assert.deepEqual([shaped.data, shaped.states.at(-1)], [{ mood: 'good' }, 'TASK_STATE_COMPLETED']);
    const failed = await all(
      (await platform.clientOf('fails', key)).sendMessageStream(sending(message('Now'))),
    );
    assert.equal(failed.states.at(-1), 'TASK_STATE_FAILED');
    assert.match(failed.said.at(-1) ?? '', /it fell over/);
  });

  it('are followed again after they broke, and the task goes on meanwhile', async () => {
    const client = await platform.clientOf('holds', key);
    const left = new AbortController();
    const seen = new Seen();
    await assert.rejects(async () => {
      for await (const event of client.sendMessageStream(sending(message('Go')), { signal: left.signal })) {
        seen.take(event);
        if (seen.answer === 'Wait. ') left.abort(new Error('the line broke'));
      }
    }, /the line broke/);
    const again = client.resubscribeTask(named(seen.id));
    const after = new Seen();
    const { value: first } = await again.next();
    assert.ok(first);
    after.take(first);
    assert.deepEqual([after.kinds, after.answer], [['task'], 'Wait. ']); // what was said before is not lost
    platform.release();
    await all(again, after);
    assert.deepEqual([after.answer, after.states.at(-1)], ['Held: let go', 'TASK_STATE_COMPLETED']);
    assert.equal((await platform.kernel.use(AgentRuntime).tenant('acme').get(seen.id)).status, 'succeeded');
  });

  it('are the same for all who follow a task', async () => {
    const client = await platform.clientOf('holds', key);
    const task = await client.sendMessage(sending(message('Go'), { returnImmediately: true }));
    assert.ok('status' in task);
    const [one, other] = [new Seen(), new Seen()];
    const both = [one, other].map((seen) => all(client.resubscribeTask(named(task.id)), seen));
    await waitFor('both to have begun', () => one.id !== '' && other.id !== '');
    platform.release();
    await Promise.all(both);
    assert.deepEqual([one.answer, one.states.at(-1)], ['Held: let go', 'TASK_STATE_COMPLETED']);
    assert.deepEqual([other.answer, other.states.at(-1)], [one.answer, one.states.at(-1)]);
  });

  for (const [agent, answer] of [
    ['pays', 'The tool says: paid 5'],
    ['asks', 'They say: The tool says: paid 5'],
  ] as const)
    it(`end with a question, and go on with its answer; who follows stays: ${agent}`, async () => {
      const client = await platform.clientOf(agent, person);
      const seen = await all(client.sendMessageStream(sending(message('Pay'))));
      assert.equal(seen.states.at(-1), 'TASK_STATE_INPUT_REQUIRED');
      assert.notEqual(seen.said.at(-1), '');
      const follower = new Seen();
      const following = all(client.resubscribeTask(named(seen.id)), follower);
      await waitFor('the follower to be told', () => follower.states.at(-1) === 'TASK_STATE_INPUT_REQUIRED');
      const next = await all(client.sendMessageStream(sending(message('approved', { taskId: seen.id }))));
      assert.deepEqual([next.answer, next.states.at(-1)], [answer, 'TASK_STATE_COMPLETED']);
      await following;
      assert.deepEqual([follower.answer, follower.states.at(-1)], [answer, 'TASK_STATE_COMPLETED']);
    });

  it('end with a task that is cancelled', async () => {
    const client = await platform.clientOf('holds', key);
    const seen = new Seen();
    for await (const event of client.sendMessageStream(sending(message('Go')))) {
      seen.take(event);
      if (seen.said.at(-1) === 'Calls the tool hold.') await client.cancelTask(named(seen.id));
    }
    assert.equal(seen.states.at(-1), 'TASK_STATE_CANCELED');
  });

  it('are refused for what has ended, is not there, or holds what no agent takes', async () => {
    const client = await platform.clientOf('guide', key);
    const done = await all(client.sendMessageStream(sending(message('Hello'))));
    await assert.rejects(all(client.resubscribeTask(named(done.id))), UnsupportedOperationError);
    await assert.rejects(all(client.resubscribeTask(named('run_no'))), TaskNotFoundError);
    const lost = message('Hello', { taskId: 'run_no' });
    await assert.rejects(all(client.sendMessageStream(sending(lost))), TaskNotFoundError);
  });
});
